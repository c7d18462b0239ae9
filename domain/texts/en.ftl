# Every sentence in English. A message's value is the default wording; `.sms`, `.whatsapp` and `.telegram` are a
# channel's own, `.web` that of pages, where staff read a refusal. `.template` is what WhatsApp approves
# beforehand, for a time when no conversation is open: one plain sentence after another, which can't choose by a number.
# That of a code is WhatsApp's own wording, which nobody may change.
# Labels of choices are short: WhatsApp cuts a button
# at 20 characters and a list row at 24.
# Only characters of the GSM alphabet (no curly quotes, no long dashes): anything else makes an SMS three times as long.

## Patterns of dates (CLDR letters) and lists

pattern-day = EEE d MMM
pattern-time = HH:mm
day-and-time = { $day } { $time }
wait-range = { $low ->
    [0] less than { $high } minutes
   *[other] about { $low } to { $high } minutes
}

## Choices that stand under many questions

choose = Choose
label = { $words }
go-back = Back
go-more = More
go-earlier = Earlier
go-menu = Menu
go-book = Book
go-visits = My appointments
go-where = Where am I?
go-here = I'm here
go-late = Running late
go-leave = Leave
go-phone = Add my phone number
go-join = Join my other chat
go-sms = Also by SMS
go-no-sms = No more SMS
go-language = Language
go-help = Help
    .sms = What to write
language-en = English
# By SMS in Latin letters: one other letter makes the whole message twice as long.
language-hi = हिन्दी
    .sms = Hindi

## Welcome

emergency-general = In an emergency, call your emergency number or go to the nearest hospital now. Nobody reads this chat at once.
    .sms = In an emergency, call your emergency number now. Nobody reads this chat at once.
welcome = Here you book a time at a hospital or office and follow the queue from your phone.
welcome-site = { $site }: here you book a time and follow the queue from your phone.
consent-ask = We keep your name, your number on this channel and your visits, to book for you and to tell you when your turn comes. Do you agree?
consent-agree = I agree
consent-decline = No, thanks
consent-declined = Your name was not kept and nothing was booked. Write HI whenever you want to begin.
begin-again = Begin again
name-ask = What is your full name? Write it as staff should call you.
menu-ask = What would you like to do?
help = Write BOOK for a time, STATUS for your place in the queue, HERE when you have come, LATE when you come late, LEAVE to give your place up, VISITS for your appointments, LANGUAGE to change language, PRIVACY for what we keep of you, MENU to begin again, 0 to go back. Every choice can be picked by its number.
privacy = We keep your name, your number on this channel, the phone number that you share, your language, your visits and the messages of this chat, to book for you and to tell you when your turn comes. Nothing is deleted by itself yet. Write STOP to get no more messages. To see, correct or delete what is kept, ask at the desk.
language-ask = Which language?
language-changed = From now on: English.
stopped = You get no more messages from us. Write START to get them again.
resumed = You get messages from us again.

## When a message does not fit the question

not-understood = That is not one of the choices. Pick one, or write MENU or HELP.
    .sms = That is not one of the choices. Write the number of one, or MENU.
not-understood-name = Write your name in letters, at most { $length } characters.
nothing-written = That message had no words. Pick one of the choices.
too-long = That message is too long to read here. Pick one of the choices, or write a few words.
text-only = This chat reads text only, no pictures, voice or files.
command-unknown = There is no such command here. Pick one of the choices, or write HELP.
    .sms = There is no such command here. Write the number of a choice, or MENU.
edited-message = A message that is changed later is not read again. Write it anew, or pick one of the choices.
late-message = That message was more than 5 minutes on its way, so it was not taken as an answer. This is where we are now:
place-unread = No place here uses your location. Pick one of the choices, or write HELP.
    .sms = No place here uses your location. Write the number of a choice, or MENU.
contact-closed = All right.
group-only-private = This works in a private chat only. Write to me there.
older-message = That was an older message. This is where we are now:
no-more = There are no more choices.
apology = That did not work on our side, and nothing was changed. Pick Menu to begin again.

## Booking

site-ask = Which place?
place-unknown = There is no place of that name here.
service-link-unknown = That link leads to nothing here any more. Choose from what takes bookings here.
ticket-link-over = That link works no more. Show your token at the desk, or watch the screen.
ticket-watched = This token is followed on another phone. You see here what the screen shows.
no-sites = No place takes bookings here yet. Try again later.
service-ask = { $site }: for what?
service-more = Another place
no-services = { $site } takes no bookings at the moment. Look again later, or ask at the desk.
day-ask = { $service }: which day?
day-ask-move = { $service }: you have { $at }. Which day instead?
day-today = Today, { $day }
day-tomorrow = Tomorrow, { $day }
day-free = { $free ->
    [1] 1 free
   *[other] { $free } free
}
day-earliest = Earliest free: { $at }
    .whatsapp = Earliest free time
no-days = { $service }: every time is taken at the moment. Look again later, or choose something else.
time-ask = { $service }, { $day }: what time?
    .sms = { $service }, { $day }: what time? Pick one, or write it like 10:30.
no-times = { $service }, { $day }: every time is taken. Choose another day.
confirm-ask = { $service }, { $site }, { $at }. Book it?
confirm-move = { $service }: move from { $before } to { $at }?
confirm-yes = Book it
confirm-yes-move = Move it
confirm-other = Another time
booked = { $service }: booked.
    { $details }
moved = { $service }: moved. Your new token is { $token }, the old one is no longer valid.
    { $details }
detail-token = Token { $token }, { $at }
detail-place = { $site }, { $room }
detail-map = Map: { $url }
detail-bring = Bring: { $what }
detail-fee = Fee: { $fee }
detail-code = Your code at the desk: { $code }
detail-link = Follow your place: { $url }
detail-ahead = { $ahead ->
    [0] The queue is open, and you are next.
    [1] The queue is open. 1 person is ahead of you.
   *[other] The queue is open. { $ahead } people are ahead of you.
}
detail-alert = We write when your turn comes near.

## My appointments

visits-ask = Your appointments:
visits-none = You have no appointment.
visit-label = { $at } { $service }
visit-label-hint = Token { $token }, { $site }
visit-show = { $service }:
    { $details }
visit-move = Change time
visit-cancel = Cancel this visit
    .sms = Give up this visit
visit-cancel-ask = { $service }, { $at }, token { $token }: cancel this visit? Your time goes to somebody else.
    .sms = { $service }, { $at }, token { $token }: give up this visit? Your time goes to somebody else.
visit-cancel-yes = Yes, cancel it
    .sms = Give it up
visit-cancel-no = No, keep it
    .sms = Keep it
cancelled = { $service }: your visit on { $at } is cancelled. Token { $token } is no longer valid.

## Where am I

where = { $service }, token { $token }:
    { $lines }
where-none = You have no appointment to follow.
where-refresh = Refresh
line-ahead = { $ahead ->
    [0] You are next.
    [1] 1 person is ahead of you.
   *[other] { $ahead } people are ahead of you.
}
line-wait = Wait: { $wait }.
line-now-serving = Now serving: { $tokens }
line-not-started = { $service } has not started yet.
line-later = Your time is { $at }. We write when your turn comes near.
line-paused = { $service } takes a break. Your place is kept.
line-called = It's your turn. Go to { $counter } now.
line-called-desk = It's your turn. Go to the desk now.
line-serving = You are being served.
line-done = This visit is over.
line-missed = You were called and not seen. Go to the desk.
line-held = Your place is kept. Go to the desk when you are here.
where-live = { $service }, token { $token }: your place stands below and stays up to date.
line-here = You said that you are here.
line-late = You said that you come late.
line-updated = Updated { $time }
crowd-low = Few people are waiting.
crowd-medium = Some people are waiting.
crowd-high = Many people are waiting.
leave-ask = { $service }, token { $token }: leave the line? Your place goes to the next person.
leave-yes = Yes, leave
    .sms = Leave the line
leave-no = No, stay
    .sms = Stay
left = { $service }: you have left the line. Token { $token } is no longer valid.

## My phone number. Never a whole number, never where else it is known

channel-telegram = Telegram
channel-whatsapp = WhatsApp
channel-sms = SMS
phone-ask = Share your phone number with the button below. Whatever you booked with it elsewhere is then here too.
phone-share = Share my phone number
phone-kept = Your phone number ending in { $ending } is kept.
phone-not-yet = Your phone number was not kept: this comes first.
phone-not-yours = That is somebody else's number. Only your own can be added, with the button of this chat.
    .whatsapp = That card adds no number here: this chat knows your own already. Pick one of the choices, or write HELP.
    .sms = That card adds no number here: yours is known already. Pick one of the choices, or write MENU.
phone-code-ask = Your number ending in { $ending } is known here already. A code of six digits goes to it now by { $by }. Write it here within 10 minutes.
phone-code-wait = Write the code of six digits that was sent by { $by } to your number ending in { $ending }. It works for 10 minutes.
phone-code-again = Send a new code
phone-code-six = The code has six digits. Write it as it stands in the message.
phone-code-wrong = { $left ->
    [1] That is not the code. 1 try is left.
   *[other] That is not the code. { $left } tries are left.
}
phone-code-spent = That was not the code either, so it works no more. Choose a new code, or go on without it.
phone-code-over = That code works no more. Choose a new code, or go on without it.
phone-code-unsent = The code is still on its way. Write it here when it has come.
phone-code-none = No code is on its way. Choose a new one, or go on without it.
phone-joined = Done. Your visits are now the same in both chats.

## Also by SMS, said in other chats

sms-ask = When a message does not reach you in this chat, we send it by SMS to your number ending in { $ending }. You can end this here at any time, or with STOP by SMS. Do you agree?
sms-agree = Yes, also by SMS
sms-on = Done. What does not reach you here comes by SMS from now on.
sms-off = From now on nothing is sent by SMS.
sms-stopped = That number has written STOP to us by SMS. Write START from it by SMS, then choose this again.

## Words that stand ready in a chat that a link has opened. They end with the code that leads on.

link-token = My token: { $code }
link-service = A time for { $service }: { $code }
link-site = A time at { $site }: { $code }

## Refusals that people meet

phone-impossible = That is not a number that we can read. Share the number of the phone you use, with its country code.
code-nowhere = Your number is known here already, but the chat we would send a code to gets no messages from us. Write START there, then share your number here again.
code-too-often = Three codes were sent within an hour. Share your number again in an hour; everything else works meanwhile.

slot-unknown = That time is not offered any more. Choose another one.
service-unavailable = { $service } takes no bookings at the moment. Choose something else.
slot-closed = That time was closed. Choose another one.
slot-past = That time is over. Choose another one.
slot-full = That time was just taken. These are free:
already-booked = You already have a booking there that day: token { $token }, { $at }. Change or cancel it under My appointments.
    .web = They have a booking there that day already: token { $token }, { $at }.
appointment-unknown = That appointment is not known here. These are yours:
appointment-over = That appointment is over or cancelled already.
already-called = You have been called already. Go to the counter, or ask at the desk.
    .web = They have been called already. End the visit at the counter, or press Undo there first.
too-late-to-cancel = Changes are possible until { $minutes } minutes before the time. Now only the desk can do it.
same-slot = That is the time you have already. Choose another one.
    .web = That is the time they have already. Choose another one.
name-needed = A name needs letters. Write your name as staff should call you.
ticket-unknown = That token is not known here. This is yours:
ticket-over = This visit is over.
ticket-missed = You were called and not seen. Go to the desk.
ticket-not-today = Your time is { $at }. Say that you are here, or late, on that day.

## Refusals that staff meet

site-unknown = That site does not exist.
service-unknown = That service does not exist.
queue-unknown = That queue does not exist.
queue-started = This queue was started already.
form-of-others = This form can't be used again. Load the page anew.
queue-closed = This queue is closed for the day.
queue-not-today = This queue is for another day.
queue-not-open = This queue is not open. Start it first.
counter-unknown = That counter does not exist.
counter-busy = This counter still has somebody. Complete that visit first.
counter-elsewhere = This counter works on another queue. Choose your counter again.
counter-moved = Somebody pressed a button for this counter first. This is how it stands now.
nobody-called = Nobody is at this counter.
recalled-just-now = Called a moment ago. Call again in { $seconds } seconds.
nothing-to-undo = There is nothing to undo.
undo-too-late = That can't be undone any more: something else happened since.
service-name-needed = A service needs a name.
service-name-taken = A service of this name exists at this site.
zone-unknown = There is no time zone { $zone }. Write it like Asia/Kolkata or Europe/London.
country-unknown = There is no country { $country }. Write its two letters, like IN or GB.
minutes-wrong = A visit takes from 1 to 480 minutes.
times-wrong = The day must close after it opens, with room for at least one time.
day-past = That day is over.
day-too-far = That day is too far ahead.
capacity-wrong = There must be at least one place, and at most 1000.
capacity-below-booked = { $booked } people are booked at that time. It can't hold fewer.

## Notices: what people are told unasked. The service comes first, then one action. Never a name.

notice-moved = { $service }: your visit at { $site } is now { $at }. New token { $token }, code { $code }. Write VISITS to change it.
    .template = For { $service }: your visit at { $site } is now on { $at }. Your new token is { $token } and your code at the desk is { $code }. Write VISITS here to change it.
    .sms-one-way = { $service }: your visit at { $site } is now { $at }. New token { $token }, code { $code }.
notice-cancelled = { $service }: your visit on { $at } at { $site } is cancelled. Token { $token } is no longer valid. Write BOOK for another time.
    .template = For { $service }: your visit on { $at } at { $site } is cancelled. Token { $token } is no longer valid. Write BOOK here for another time.
    .sms = { $service }: your visit on { $at } at { $site } is cancelled. Write BOOK for another time.
    .sms-one-way = { $service }: your visit on { $at } at { $site } is cancelled. Ask at the desk for another time.
notice-reminder = { $service }: your visit is { $at } at { $site }. Token { $token }, code { $code }. Write VISITS to change or cancel it.
    .template = For { $service }: your visit is on { $at } at { $site }. Your token is { $token } and your code at the desk is { $code }. Write VISITS here to change or cancel it.
    .sms-one-way = { $service }: your visit is { $at } at { $site }. Token { $token }, code { $code }.
notice-near = { $ahead ->
    [0] { $service }: you're next. Token { $token }. Go to { $place } now and wait to be called.
    [1] { $service }: you're 1 away. Token { $token }. Go to { $place } now.
   *[other] { $service }: you're { $ahead } away. Token { $token }. Come close to { $place }.
}
    .template = For { $service }: your turn comes near. People ahead of you: { $ahead }. Your token is { $token }. Come close to { $place } now and wait to be called.
notice-called = { $service }: it's your turn. Token { $token }. Go to { $counter } now.
    .template = For { $service }: it is your turn. Your token is { $token }. Go to { $counter } now.
notice-recalled = { $service }: you are called again. Token { $token }. Go to { $counter } now, or your turn passes.
    .template = For { $service }: you are called again. Your token is { $token }. Go to { $counter } now, or your turn passes.
notice-undone-call = { $ahead ->
    [0] { $service }: it's not your turn yet after all, you're next. Token { $token }. Wait to be called.
    [1] { $service }: it's not your turn yet after all, 1 person is ahead of you. Token { $token }. We write again in time.
   *[other] { $service }: it's not your turn yet after all, { $ahead } people are ahead of you. Token { $token }. We write again in time.
}
    .template = For { $service }: it is not your turn yet after all. People ahead of you: { $ahead }. Your token { $token } stays valid and we write again in time.
notice-undone = { $ahead ->
    [0] { $service }: your place was corrected, you're next. Token { $token }. Wait to be called.
    [1] { $service }: your place was corrected, 1 person is ahead of you. Token { $token }. We write again in time.
   *[other] { $service }: your place was corrected, { $ahead } people are ahead of you. Token { $token }. We write again in time.
}
    .template = For { $service }: your place in the queue was corrected. People ahead of you: { $ahead }. Your token { $token } stays valid and we write again in time.
notice-code = Code { $code } joins your { $by } chat with us to this number. Write it there within 10 minutes and tell it to nobody. If you did not ask for it, do nothing.
    .template = { $code } is your verification code. For your security, do not share this code.

## The ticket page and the board

ticket-ahead = { $ahead ->
    [0] You are next
    [1] 1 person is ahead of you
   *[other] { $ahead } people are ahead of you
}
ticket-waiting = Wait: { $wait }
ticket-called = It's your turn. Go to { $counter } now.
ticket-done = This visit is over.
ticket-void = This token is no longer valid.
ticket-later = Your time is { $at }.
ticket-not-started = { $service } has not started yet.
board-now-serving = Now serving
board-waiting = { $waiting ->
    [0] Nobody is waiting
    [1] 1 person is waiting
   *[other] { $waiting } people are waiting
}
board-not-started = Not started yet
board-ask-desk = This display is not up to date. Ask at the desk.

## Telegram's profile of the bot

bot-name = ThreeAway
bot-short-description = Book a time at a hospital or office, and be told when three people are ahead of you.
bot-description = Book a time at a hospital or office here, follow the queue from your phone, and come when it is nearly your turn. In an emergency, call your emergency number. Press Start to begin.
bot-command-start = Begin
bot-command-book = Book a time
bot-command-my = My appointments
bot-command-track = My place in the queue
bot-command-here = Say that I'm here
bot-command-language = Change the language
bot-command-help = What I can write
bot-command-stop = No more messages
bot-command-privacy = What is kept about me
