# हर वाक्य हिन्दी में। `.sms`, `.whatsapp` और `.telegram` किसी चैनल के अपने शब्द हैं। अंक हमेशा 0-9 में लिखे जाते हैं।

## तारीख़ के ढाँचे (CLDR के अक्षर) और सूचियाँ

pattern-day = EEE d MMMM
pattern-time = HH:mm
day-and-time = { $day } { $time }
wait-range = { $low ->
    [0] { $high } मिनट से कम
   *[other] लगभग { $low } से { $high } मिनट
}

## कई सवालों के नीचे आने वाले विकल्प

choose = चुनें
label = { $words }
go-back = पीछे
go-more = और देखें
go-earlier = पहले के
go-menu = मेनू
go-book = समय लें
go-visits = मेरी अपॉइंटमेंट
go-where = मेरी बारी कब?
go-here = मैं यहाँ हूँ
go-late = देर होगी
go-leave = क़तार छोड़ें
go-language = भाषा
go-help = मदद
language-en = English
language-hi = हिन्दी
    .sms = हिन्दी

## स्वागत

emergency-general = आपात स्थिति में आपातकालीन नंबर पर फ़ोन करें या तुरंत नज़दीकी अस्पताल जाएँ। यह चैट कोई तुरंत नहीं पढ़ता।
welcome = यहाँ आप अस्पताल या दफ़्तर में समय ले सकते हैं और फ़ोन से अपनी बारी देख सकते हैं।
welcome-site = { $site }: यहाँ आप समय ले सकते हैं और फ़ोन से अपनी बारी देख सकते हैं।
consent-ask = आपका समय तय करने और बारी आने पर बताने के लिए हम आपका नाम, इस चैनल का नंबर और आपकी मुलाक़ातें सहेजते हैं। क्या आप सहमत हैं?
consent-agree = मैं सहमत हूँ
consent-decline = नहीं, रहने दें
consent-declined = आपका नाम नहीं सहेजा गया और कोई समय नहीं लिया गया। जब भी शुरू करना चाहें, HI लिखें।
begin-again = फिर से शुरू करें
name-ask = आपका पूरा नाम क्या है? वैसे लिखें जैसे कर्मचारी आपको पुकारें।
menu-ask = आप क्या करना चाहते हैं?
help = समय लेने के लिए BOOK, अपनी बारी के लिए STATUS, पहुँचने पर HERE, देर होने पर LATE, क़तार छोड़ने के लिए LEAVE, अपॉइंटमेंट के लिए VISITS, भाषा बदलने के लिए LANGUAGE, आपके बारे में क्या सहेजा है यह जानने के लिए PRIVACY, फिर से शुरू करने के लिए MENU, पीछे जाने के लिए 0 लिखें। हर विकल्प उसके नंबर से चुना जा सकता है।
privacy = आपका समय तय करने और बारी आने पर बताने के लिए हम आपका नाम, इस चैनल का नंबर, आपकी भाषा, आपकी मुलाक़ातें और इस चैट के संदेश सहेजते हैं। अभी कुछ भी अपने आप नहीं मिटता। संदेश बंद करने के लिए STOP लिखें। जो सहेजा गया है उसे देखने, सुधरवाने या मिटवाने के लिए काउंटर पर पूछें।
language-ask = कौन सी भाषा?
language-changed = अब से: हिन्दी।
stopped = अब आपको हमारे संदेश नहीं मिलेंगे। फिर से पाने के लिए START लिखें।
resumed = अब आपको हमारे संदेश फिर मिलेंगे।

## जब संदेश सवाल से मेल न खाए

not-understood = यह विकल्पों में नहीं है। कोई विकल्प चुनें, या MENU या HELP लिखें।
not-understood-name = अपना नाम अक्षरों में लिखें, ज़्यादा से ज़्यादा { $length } अक्षर।
nothing-written = यह संदेश ख़ाली था। कोई विकल्प चुनें।
too-long = यह संदेश बहुत लंबा है। कोई विकल्प चुनें, या कुछ शब्द लिखें।
text-only = यह चैट केवल लिखे हुए संदेश पढ़ती है, तस्वीर, आवाज़ या फ़ाइल नहीं।
command-unknown = ऐसा कोई आदेश यहाँ नहीं है। कोई विकल्प चुनें, या HELP लिखें।
edited-message = बाद में बदला गया संदेश फिर नहीं पढ़ा जाता। उसे नया लिखें, या कोई विकल्प चुनें।
late-message = वह संदेश 5 मिनट से ज़्यादा देर से पहुँचा, इसलिए उसे जवाब नहीं माना गया। अब हम यहाँ हैं:
place-unread = यहाँ आपकी लोकेशन का इस्तेमाल नहीं होता। कोई विकल्प चुनें, या HELP लिखें।
contact-unread = यहाँ फ़ोन नंबर का इस्तेमाल नहीं होता। कोई विकल्प चुनें, या HELP लिखें।
contact-closed = ठीक है।
group-only-private = यह केवल निजी चैट में चलता है। मुझे वहाँ लिखें।
older-message = वह पुराना संदेश था। अब हम यहाँ हैं:
no-more = और विकल्प नहीं हैं।
apology = हमारी ओर से यह नहीं हो पाया, और कुछ बदला नहीं है। फिर से शुरू करने के लिए मेनू चुनें।

## समय लेना

site-ask = कौन सी जगह?
place-unknown = यहाँ इस नाम की कोई जगह नहीं है।
no-sites = अभी यहाँ किसी जगह का समय नहीं मिलता। बाद में फिर देखें।
service-ask = { $site }: किस लिए?
service-more = दूसरी जगह
no-services = { $site } में अभी समय नहीं मिल रहा। बाद में देखें, या काउंटर पर पूछें।
day-ask = { $service }: किस दिन?
day-ask-move = { $service }: अभी आपका समय { $at } है। इसकी जगह कौन सा दिन?
day-today = आज, { $day }
day-tomorrow = कल, { $day }
day-free = { $free } ख़ाली
day-earliest = सबसे पहले: { $at }
    .whatsapp = सबसे पहला समय
no-days = { $service }: अभी सारे समय भरे हैं। बाद में देखें, या कुछ और चुनें।
time-ask = { $service }, { $day }: कितने बजे?
    .sms = { $service }, { $day }: कितने बजे? एक चुनें, या 10:30 की तरह लिखें।
no-times = { $service }, { $day }: सारे समय भरे हैं। कोई दूसरा दिन चुनें।
confirm-ask = { $service }, { $site }, { $at }। यह समय ले लें?
confirm-move = { $service }: { $before } से बदलकर { $at } कर दें?
confirm-yes = हाँ, ले लें
confirm-yes-move = हाँ, बदल दें
confirm-other = दूसरा समय
booked = { $service }: समय तय हो गया।
    { $details }
moved = { $service }: समय बदल गया। आपका नया टोकन { $token } है, पुराना अब नहीं चलेगा।
    { $details }
detail-token = टोकन { $token }, { $at }
detail-place = { $site }, { $room }
detail-map = नक़्शा: { $url }
detail-bring = साथ लाएँ: { $what }
detail-fee = शुल्क: { $fee }
detail-code = काउंटर पर आपका कोड: { $code }
detail-link = अपनी बारी देखें: { $url }
detail-ahead = { $ahead ->
    [0] क़तार चल रही है, और अगली बारी आपकी है।
    [1] क़तार चल रही है। आपसे पहले 1 व्यक्ति है।
   *[other] क़तार चल रही है। आपसे पहले { $ahead } लोग हैं।
}
detail-alert = आपकी बारी पास आने पर हम लिखेंगे।

## मेरी अपॉइंटमेंट

visits-ask = आपकी अपॉइंटमेंट:
visits-none = आपकी कोई अपॉइंटमेंट नहीं है।
visit-label = { $at } { $service }
visit-label-hint = टोकन { $token }, { $site }
visit-show = { $service }:
    { $details }
visit-move = समय बदलें
visit-cancel = यह मुलाक़ात रद्द करें
visit-cancel-ask = { $service }, { $at }, टोकन { $token }: क्या यह मुलाक़ात रद्द कर दें? आपका समय किसी और को मिल जाएगा।
visit-cancel-yes = हाँ, रद्द करें
visit-cancel-no = नहीं, रहने दें
cancelled = { $service }: { $at } की आपकी मुलाक़ात रद्द हो गई। टोकन { $token } अब नहीं चलेगा।

## मेरी बारी

where = { $service }, टोकन { $token }:
    { $lines }
where-none = देखने के लिए आपकी कोई अपॉइंटमेंट नहीं है।
where-refresh = फिर देखें
line-ahead = { $ahead ->
    [0] अगली बारी आपकी है।
    [1] आपसे पहले 1 व्यक्ति है।
   *[other] आपसे पहले { $ahead } लोग हैं।
}
line-wait = इंतज़ार: { $wait }।
line-now-serving = अभी चल रहा है: { $tokens }
line-not-started = { $service } अभी शुरू नहीं हुआ है।
line-later = आपका समय { $at } है। आपकी बारी पास आने पर हम लिखेंगे।
line-paused = { $service } में अभी विराम है। आपकी जगह बनी हुई है।
line-called = आपकी बारी है। अभी { $counter } पर जाएँ।
line-called-desk = आपकी बारी है। अभी काउंटर पर जाएँ।
line-serving = आपका काम चल रहा है।
line-done = यह मुलाक़ात पूरी हो चुकी है।
line-missed = आपको पुकारा गया और आप नहीं मिले। काउंटर पर जाएँ।
line-held = आपकी जगह बनी हुई है। पहुँचकर काउंटर पर जाएँ।
where-live = { $service }, टोकन { $token }: आपकी जगह नीचे दिख रही है और ताज़ा होती रहेगी।
line-here = आपने बताया है कि आप यहाँ हैं।
line-late = आपने बताया है कि आपको देर होगी।
line-updated = { $time } बजे की स्थिति
crowd-low = कम लोग इंतज़ार में हैं।
crowd-medium = कुछ लोग इंतज़ार में हैं।
crowd-high = बहुत लोग इंतज़ार में हैं।
leave-ask = { $service }, टोकन { $token }: क्या क़तार छोड़ दें? आपकी जगह अगले व्यक्ति को मिल जाएगी।
leave-yes = हाँ, छोड़ें
leave-no = नहीं, रहने दें
left = { $service }: आपने क़तार छोड़ दी। टोकन { $token } अब नहीं चलेगा।

## मना करने के कारण, जो लोगों को मिलते हैं

slot-unknown = यह समय अब नहीं मिलता। कोई दूसरा चुनें।
service-unavailable = { $service } में अभी समय नहीं मिल रहा। कुछ और चुनें।
slot-closed = यह समय बंद कर दिया गया। कोई दूसरा चुनें।
slot-past = यह समय निकल गया। कोई दूसरा चुनें।
slot-full = यह समय अभी-अभी भर गया। ये ख़ाली हैं:
already-booked = उस दिन वहाँ आपका समय पहले से है: टोकन { $token }, { $at }। मेरी अपॉइंटमेंट में उसे बदलें या रद्द करें।
    .web = उस दिन वहाँ इनकी बुकिंग पहले से है: टोकन { $token }, { $at }।
appointment-unknown = यह अपॉइंटमेंट यहाँ नहीं मिली। आपकी ये हैं:
appointment-over = यह अपॉइंटमेंट पूरी या रद्द हो चुकी है।
already-called = आपको पुकारा जा चुका है। काउंटर पर जाएँ, या वहाँ पूछें।
    .web = इन्हें पुकारा जा चुका है। विज़िट काउंटर पर पूरी करें, या पहले वहाँ Undo दबाएँ।
too-late-to-cancel = बदलाव समय से { $minutes } मिनट पहले तक हो सकता है। अब यह केवल काउंटर पर होगा।
same-slot = आपका यही समय पहले से है। कोई दूसरा चुनें।
    .web = इनका यही समय पहले से है। कोई दूसरा चुनें।
name-needed = नाम में अक्षर होने चाहिए। वैसे लिखें जैसे कर्मचारी आपको पुकारें।
ticket-unknown = यह टोकन यहाँ नहीं मिला। आपका यह है:
ticket-over = यह मुलाक़ात पूरी हो चुकी है।
ticket-missed = आपको पुकारा गया और आप नहीं मिले। काउंटर पर जाएँ।
ticket-not-today = आपका समय { $at } है। पहुँचने या देर होने की बात उसी दिन बताएँ।

## मना करने के कारण, जो कर्मचारियों को मिलते हैं

site-unknown = ऐसी कोई जगह नहीं है।
service-unknown = ऐसी कोई सेवा नहीं है।
queue-unknown = ऐसी कोई क़तार नहीं है।
queue-started = यह क़तार पहले ही शुरू हो चुकी है।
form-of-others = यह फ़ॉर्म दोबारा काम नहीं आएगा। पेज फिर से खोलें।
queue-closed = यह क़तार आज के लिए बंद है।
queue-not-today = यह क़तार किसी और दिन की है।
queue-not-open = यह क़तार खुली नहीं है। पहले इसे शुरू करें।
counter-unknown = ऐसा कोई काउंटर नहीं है।
counter-busy = इस काउंटर पर अभी कोई है। पहले वह मुलाक़ात पूरी करें।
counter-elsewhere = यह काउंटर दूसरी क़तार पर है। अपना काउंटर फिर चुनें।
counter-moved = इस काउंटर का बटन किसी ने पहले दबा दिया। अब स्थिति यह है।
nobody-called = इस काउंटर पर कोई नहीं है।
recalled-just-now = अभी-अभी पुकारा गया। { $seconds } सेकंड बाद फिर पुकारें।
nothing-to-undo = वापस लेने को कुछ नहीं है।
undo-too-late = यह अब वापस नहीं हो सकता: इसके बाद कुछ और हो चुका है।
service-name-needed = सेवा का नाम चाहिए।
service-name-taken = इस जगह इस नाम की सेवा पहले से है।
zone-unknown = { $zone } नाम का कोई समय क्षेत्र नहीं है। Asia/Kolkata या Europe/London की तरह लिखें।
country-unknown = { $country } नाम का कोई देश नहीं है। दो अक्षर लिखें, जैसे IN या GB।
minutes-wrong = एक मुलाक़ात 1 से 480 मिनट की होती है।
times-wrong = बंद होने का समय खुलने के बाद हो, और कम से कम एक समय की जगह हो।
day-past = वह दिन निकल चुका है।
day-too-far = वह दिन बहुत आगे है।
capacity-wrong = कम से कम 1 और ज़्यादा से ज़्यादा 1000 जगहें हो सकती हैं।
capacity-below-booked = उस समय { $booked } लोग तय हैं। जगहें इससे कम नहीं हो सकतीं।

## सूचनाएँ: जो लोगों को बिना पूछे बताई जाती हैं। पहले सेवा, फिर एक काम। नाम कभी नहीं।

notice-moved = { $service }: नया समय { $at }, { $site }। टोकन { $token }, कोड { $code }।
notice-cancelled = { $service }: { $at }, { $site } रद्द। टोकन { $token }। नए समय के लिए BOOK लिखें।
notice-reminder = { $service }: { $at }, { $site }। टोकन { $token }, कोड { $code }।
notice-near = { $ahead ->
    [0] { $service }: अगली बारी आपकी है। टोकन { $token }। अभी { $place } पहुँचें।
    [1] { $service }: आपसे पहले 1 व्यक्ति है। टोकन { $token }। अभी { $place } जाएँ।
   *[other] { $service }: आपसे पहले { $ahead } लोग हैं। टोकन { $token }। { $place } के पास आएँ।
}
notice-called = { $service }: आपकी बारी है। टोकन { $token }। अभी { $counter } पर जाएँ।
notice-recalled = { $service }: आपको फिर पुकारा गया है। टोकन { $token }। अभी { $counter } पर जाएँ, नहीं तो बारी निकल जाएगी।
notice-undone-call = { $ahead ->
    [0] { $service }: अभी आपकी बारी नहीं आई, आप अगले हैं। टोकन { $token }। पुकारे जाने तक रुकें।
    [1] { $service }: अभी आपकी बारी नहीं आई, आपसे पहले 1 व्यक्ति है। टोकन { $token }। हम फिर लिखेंगे।
   *[other] { $service }: अभी आपकी बारी नहीं आई, आपसे पहले { $ahead } लोग हैं। टोकन { $token }। हम फिर लिखेंगे।
}
notice-undone = { $ahead ->
    [0] { $service }: आपकी जगह सुधारी गई, आप अगले हैं। टोकन { $token }। पुकारे जाने तक रुकें।
    [1] { $service }: आपकी जगह सुधारी गई, आपसे पहले 1 व्यक्ति है। टोकन { $token }। हम फिर लिखेंगे।
   *[other] { $service }: आपकी जगह सुधारी गई, आपसे पहले { $ahead } लोग हैं। टोकन { $token }। हम फिर लिखेंगे।
}

## टिकट का पन्ना और बोर्ड

ticket-ahead = { $ahead ->
    [0] अगली बारी आपकी है
    [1] आपसे पहले 1 व्यक्ति है
   *[other] आपसे पहले { $ahead } लोग हैं
}
ticket-waiting = इंतज़ार: { $wait }
ticket-called = आपकी बारी है। अभी { $counter } पर जाएँ।
ticket-done = यह मुलाक़ात पूरी हो चुकी है।
ticket-void = यह टोकन अब मान्य नहीं है।
ticket-later = आपका समय { $at } है।
ticket-not-started = { $service } अभी शुरू नहीं हुआ है।
board-now-serving = अभी चल रहा है
board-waiting = { $waiting ->
    [0] कोई इंतज़ार में नहीं है
    [1] 1 व्यक्ति इंतज़ार में है
   *[other] { $waiting } लोग इंतज़ार में हैं
}
board-not-started = अभी शुरू नहीं हुआ
board-ask-desk = यह बोर्ड ताज़ा नहीं है। काउंटर पर पूछें।

## Telegram's profile of the bot

bot-name = ThreeAway
bot-short-description = अस्पताल या कार्यालय में समय बुक करें, और जब आपसे पहले तीन लोग रह जाएँ तब सूचना पाएँ।
bot-description = यहाँ अस्पताल या कार्यालय में समय बुक करें, अपने फ़ोन से कतार देखें और बारी पास आने पर आएँ। आपात स्थिति में आपातकालीन नंबर पर फ़ोन करें। आरंभ करने के लिए Start दबाएँ।
bot-command-start = आरंभ करें
bot-command-book = समय बुक करें
bot-command-my = मेरी बुकिंग
bot-command-track = कतार में मेरी जगह
bot-command-here = बताएँ कि मैं पहुँच गया हूँ
bot-command-language = भाषा बदलें
bot-command-help = मैं क्या लिख सकता हूँ
bot-command-stop = और संदेश न भेजें
bot-command-privacy = मेरे बारे में क्या रखा जाता है
