// Keeps a page new that is whole without this: times in the reader's zone, live parts, orders without a reload.
"use strict";

const SILENT_FOR = 45_000; // Milliseconds without any news after which the page asks by itself.
const AGAIN_AFTER = 1_000;
let heardAt = Date.now();
let refreshing = false;

// --- Times ---

const clock = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const minute = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const hour = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });

function age(milliseconds) {
  const seconds = Math.max(Math.floor(milliseconds / 1000), 0);
  const minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
  if (seconds < 60) return `${seconds} s ago`;
  if (minutes < 120) return `${minutes} min ago`;
  return hours < 48 ? `${hours} h ago` : `${days} days ago`;
}

// The reader's clock may be wrong: ages go by what the server took for now when it wrote the page.
let ahead = 0;
let written = "";

function setClock() {
  const now = document.getElementById("state")?.dataset.now;
  if (now && now !== written) { written = now; ahead = Date.now() - Date.parse(now); }
}

function told(at) {
  const now = new Date(Date.now() - ahead).toDateString();
  return new Date(at).toDateString() === now ? minute.format(at) : clock.format(at);
}

const SHOWN = { clock: told, hour: (at) => hour.format(at), ago: (at) => age(Date.now() - ahead - at) };

function tellTimes() {
  for (const time of document.querySelectorAll("time")) {
    const at = Date.parse(time.dateTime);
    const words = SHOWN[time.dataset.shown](at);
    if (time.textContent !== words) time.textContent = words;
  }
}

// --- Parts ---

// Makes `now` like `next` and leaves alone what is the same: focus, open details and half-typed text survive.
function morph(now, next) {
  if (now.nodeType !== next.nodeType || now.nodeName !== next.nodeName) { now.replaceWith(next.cloneNode(true)); return; }
  if (now.nodeType === Node.TEXT_NODE) { if (now.data !== next.data) now.data = next.data; return; }
  if (now.id === "live" || now.nodeName === "OUTPUT" && now.classList.contains("read")) return;
  for (const { name } of [...now.attributes]) if (!next.hasAttribute(name) && name !== "open") now.removeAttribute(name);
  for (const { name, value } of next.attributes) if (now.getAttribute(name) !== value) now.setAttribute(name, value);
  const old = [...now.childNodes], fresh = [...next.childNodes];
  fresh.forEach((child, index) => old[index] ? morph(old[index], child) : now.append(child.cloneNode(true)));
  old.slice(fresh.length).forEach((child) => child.remove());
}

function parsed(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

function show(parts) {
  for (const [id, html] of Object.entries(parts)) {
    const now = document.getElementById(id), next = parsed(html).body.firstElementChild;
    if (now && next) morph(now, next);
  }
  settle();
}

function settle() {
  const title = document.querySelector("h1");
  if (title) document.title = title.textContent;
  colour();
  setClock();
  tellTimes();
}

// The tab tells how it stands, whatever is read in another one.
function colour() {
  const icon = document.querySelector("link[rel=icon]"), level = document.getElementById("state")?.dataset.severity;
  const address = level && icon?.getAttribute("href").replace(/icon-\w+/, `icon-${level.toLowerCase()}`);
  if (address && address !== icon.getAttribute("href")) icon.setAttribute("href", address);
}

async function refresh() {
  if (refreshing) return;
  refreshing = true;
  try {
    const answer = await fetch("/", { headers: { Accept: "text/html" } });
    if (answer.redirected) { location.reload(); return; }
    if (!answer.ok) throw new Error(answer.statusText);
    const next = parsed(await answer.text());
    if (version(next) !== version(document)) { location.reload(); return; }
    morph(document.querySelector("main"), next.querySelector("main"));
    settle();
    heard();
  } catch {
    lost();
  } finally {
    refreshing = false;
  }
}

function version(page) {
  return page.querySelector("script[src]")?.getAttribute("src");
}

// --- Live ---

function heard() {
  heardAt = Date.now();
  tell("live", "");
}

function lost() {
  tell("no connection: these figures are old", "lost");
}

function tell(words, kind) {
  const live = document.getElementById("live");
  if (live && live.textContent !== words) live.textContent = words;
  if (live) live.className = kind;
}

function listen() {
  const source = new EventSource("/events?parts=1");
  let before = false;
  source.addEventListener("open", () => { if (before) refresh(); else heard(); before = true; });
  source.addEventListener("parts", (event) => { heard(); show(JSON.parse(event.data)); });
  source.addEventListener("error", () => {
    lost();
    if (source.readyState === EventSource.CLOSED) setTimeout(() => { refresh(); listen(); }, 5 * AGAIN_AFTER);
  });
}

setInterval(() => {
  tellTimes();
  if (!document.hidden && Date.now() - heardAt > SILENT_FOR) { heardAt = Date.now(); refresh(); }
}, AGAIN_AFTER);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });

// --- Orders ---

let forgetting;

function say(words) {
  const said = document.getElementById("said");
  said.textContent = words;
  clearTimeout(forgetting);
  forgetting = setTimeout(() => { said.textContent = ""; }, 8_000);
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.action.includes("/api/v1/")) return;
  event.preventDefault();
  const button = event.submitter;
  if (button) button.disabled = true;
  try {
    const fields = Object.fromEntries(new FormData(form));
    const answer = await fetch(form.action, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(fields),
    });
    if (answer.status === 401) { location.assign("/login"); return; }
    const content = await answer.json();
    say(content.answer ?? content.detail ?? answer.statusText);
    if (answer.ok) { form.reset(); form.closest("details")?.removeAttribute("open"); await refresh(); }
  } catch {
    say("No answer: the daemon cannot be reached. Nothing is known to have changed.");
  } finally {
    if (button) button.disabled = false;
  }
});

// --- Charts ---

function reading(figure, index) {
  const { costs, from, step, known, currency } = figure.dataset;
  const cost = costs.split(" ")[index];
  const at = Date.parse(from) + index * Number(step) * 1000;
  const when = Number(step) < 86_400 ? hour.format(at) : day.format(at + 43_200_000);
  if (cost === "-") return `${when}: nothing is known`;
  const money = new Intl.NumberFormat(undefined, { style: "currency", currency }).format(Number(cost));
  return `${when}: ${index >= Number(known) ? "about " : ""}${money}`;
}

document.addEventListener("pointermove", (event) => {
  const figure = event.target.closest?.(".chart");
  for (const output of document.querySelectorAll("output.read")) if (!figure?.contains(output)) forget(output);
  const picture = figure?.querySelector("svg");
  if (!picture?.contains(event.target) && event.target !== picture) return;
  const box = picture.getBoundingClientRect(), count = figure.dataset.costs.split(" ").length;
  const index = Math.min(Math.max(Math.floor((event.clientX - box.left) / box.width * count), 0), count - 1);
  const output = figure.querySelector("output");
  output.dataset.usual ??= output.textContent;
  output.className = "read";
  output.textContent = reading(figure, index);
});

function forget(output) {
  output.textContent = output.dataset.usual;
  output.className = "";
}

settle();
listen();
