// Small things of every page: one press is one press, Print prints, a display can fill the screen.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("data-sends")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
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
