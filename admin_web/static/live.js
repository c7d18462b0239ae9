// Keeps a region of the page as the server says it is: by a stream, or by asking every few seconds where there is none.
// Every message is the whole region, so a lost one does no harm.

const STALE_AFTER = 30_000;
const POLL_EVERY = 5_000;
const STREAM_AGAIN_AFTER = 60_000;

class LiveRegion {
  constructor(region) {
    this.region = region;
    this.heardAt = Date.now();
    this.pressed = false;
    this.waiting = null;
    addEventListener("pointerdown", () => { this.pressed = true; });
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(() => this.released()));
    document.addEventListener("visibilitychange", () => (document.hidden ? this.close() : this.open()));
    setInterval(() => this.mark(), 1_000);
    this.open();
  }

  open() {
    this.close();
    this.source = new EventSource(this.region.dataset.live);
    this.source.addEventListener("page", (event) => this.take(JSON.parse(event.data)));
    this.source.addEventListener("alive", (event) => this.heard(JSON.parse(event.data).at));
    this.source.addEventListener("gone", () => location.reload());
    this.source.addEventListener("error", () => {
      if (this.source?.readyState === EventSource.CLOSED) this.poll(Date.now() + STREAM_AGAIN_AFTER);
    });
  }

  // A hidden tab holds no connection: browsers have only six for one server.
  close() {
    this.source?.close();
    this.source = null;
    clearTimeout(this.timer);
  }

  async poll(until) {
    if (Date.now() > until) return this.open();
    try {
      const address = new URL(this.region.dataset.live, location.href);
      address.searchParams.set("poll", "");
      const answer = await fetch(address, { cache: "no-cache" });
      if (answer.status === 401 || answer.status === 404) return location.reload();
      if (answer.ok) this.take(await answer.json());
    } catch {
      // Not reachable: the page says by itself that it is old.
    }
    this.timer = setTimeout(() => this.poll(until), POLL_EVERY);
  }

  take(page) {
    this.heard(page.at);
    // Never pull a button away from under a finger.
    if (this.pressed) this.waiting = page;
    else this.show(page);
  }

  released() {
    this.pressed = false;
    if (this.waiting) this.show(this.waiting);
  }

  show(page) {
    this.waiting = null;
    if (page.html === this.shown) return;
    this.shown = page.html;
    const kept = keepWhatIsTyped(this.region);
    this.region.innerHTML = page.html;
    kept();
    this.announce();
    this.region.dispatchEvent(new CustomEvent("shown", { bubbles: true }));
  }

  // Short, for screen readers; reading out a whole page at each change would be noise.
  announce() {
    const says = this.region.querySelector("[data-in-short]")?.dataset.inShort;
    const status = document.querySelector("[data-announce]");
    if (says && status && status.textContent !== says) status.textContent = says;
  }

  heard(at) {
    this.heardAt = Date.now();
    for (const clock of document.querySelectorAll("[data-updated]")) clock.textContent = at;
    this.mark();
  }

  mark() {
    document.body.classList.toggle("stale", Date.now() - this.heardAt > STALE_AFTER);
  }
}

function keepWhatIsTyped(region) {
  const active = document.activeElement;
  const focused = region.contains(active) ? active.id : "";
  const selection = focused && typeof active.selectionStart === "number" ? [active.selectionStart, active.selectionEnd] : null;
  const typed = [...region.querySelectorAll("input[id], textarea[id]")].filter((f) => f.value !== f.defaultValue);
  const opened = [...region.querySelectorAll("details[id]")].filter((d) => d.open);
  const scrolled = [...region.querySelectorAll("[data-scroll][id]")].map((s) => [s.id, s.scrollTop]);
  return () => {
    for (const field of typed) {
      const now = document.getElementById(field.id);
      if (now) now.value = field.value;
    }
    for (const { id } of opened) document.getElementById(id)?.setAttribute("open", "");
    for (const [id, top] of scrolled) {
      const now = document.getElementById(id);
      if (now) now.scrollTop = top;
    }
    const now = focused ? document.getElementById(focused) : null;
    now?.focus({ preventScroll: true });
    if (now && selection) now.setSelectionRange?.(...selection);
  };
}

for (const region of document.querySelectorAll("[data-live]")) new LiveRegion(region);
