// Phones send without leaving the page; what comes back arrives by the stream. A phone shows its newest message.

const phones = document.querySelector("[data-live]");
const toBottom = (screen) => { screen.scrollTop = screen.scrollHeight; };
const lengths = new Map();

function follow() {
  for (const screen of phones.querySelectorAll("[data-scroll]")) {
    const length = screen.dataset.newest;
    if (lengths.get(screen.id) !== length) toBottom(screen);
    lengths.set(screen.id, length);
  }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-sends")) return;
  event.preventDefault();
  form.closest("details")?.removeAttribute("open");  // a list closes when a row is picked
  const sent = new FormData(form);
  const field = form.querySelector("input[type=text]");
  if (field && !field.value.trim()) return;
  if (field) field.value = "";
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(sent) }).catch(() => null);
  if (answer?.ok) return;
  if (field) field.value = sent.get("text");
  const status = document.querySelector("[data-announce]");
  status.textContent = "That was not sent. Load the page anew and try again.";
  status.classList.remove("only-heard");
});

// A list that opens below the edge would look as if nothing had happened.
phones.addEventListener("toggle", (event) => event.target.scrollIntoView({ block: "nearest" }), true);
phones.addEventListener("shown", follow);
follow();
