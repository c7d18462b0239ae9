// Small things of every page: one press is one press, Print prints, a display can fill the screen.

// By what is sent, not by the form: a live page may put a fresh form in its place before the answer is there.
const sentAt = new Map();
const TRY_AGAIN_AFTER = 10000;  // ms; on a bad line a press must not be dead for good

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("data-sends")) return;
  const press = `${form.action}?${new URLSearchParams(new FormData(form))}`;
  if (Date.now() - (sentAt.get(press) ?? 0) < TRY_AGAIN_AFTER) event.preventDefault();
  else sentAt.set(press, Date.now());
});

// The back button may show a page as it was left, its forms already used: it loads anew, with keys of its own.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
  const full = event.target.closest("[data-full-screen]");
  if (full) document.documentElement.requestFullscreen?.().then(() => { full.hidden = true; }, () => {});
});

document.addEventListener("fullscreenchange", () => {
  const full = document.querySelector("[data-full-screen]");
  if (full) full.hidden = Boolean(document.fullscreenElement);
});
