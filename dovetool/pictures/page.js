"use strict";
const FEW = 12;
const BESIDE = 200; // pixels that labels beside a picture may take
const THIN = "\u202f";
const data = JSON.parse(document.getElementById("data").textContent);
const formatLocale = { decimal: ".", thousands: THIN, grouping: [3], currency: ["", ""] };
const views = {};

function made(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// Light and dark: as the system says, until the switch is used.
function setUpTheme() {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
  const show = () => { button.textContent = isDark() ? "Light" : "Dark"; };
  button.hidden = false;
  button.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; show(); });
  system.addEventListener("change", show);
  show();
}

// Tables: a head sorts, a filter hides, and a long one begins with its first rows.
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, THIN);

function valueOf(row, place, isNumber) {
  const cell = row.cells[place];
  const text = cell.dataset.v ?? cell.textContent;
  if (!isNumber) return text;
  return text === "" ? -Infinity : Number(text.replaceAll(THIN, ""));
}

function setUpTable(block) {
  const table = block.querySelector("table");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const state = { isWhole: rows.length <= FEW, wanted: "" };
  const told = made("output");
  const more = made("button", { type: "button" });

  function show() {
    const words = state.wanted.toLowerCase().split(/\s+/).filter(Boolean);
    const found = [...body.rows].filter((row) => {
      const text = words.length ? row.textContent.toLowerCase() : "";
      row.hidden = !words.every((word) => text.includes(word));
      return !row.hidden;
    });
    if (!state.isWhole) found.slice(FEW).forEach((row) => { row.hidden = true; });
    const shown = state.isWhole ? found.length : Math.min(found.length, FEW);
    told.textContent = `${shown} of ${rows.length} rows`;
    more.hidden = found.length <= FEW;
    more.textContent = state.isWhole ? `Show the first ${FEW}` : `Show all ${found.length}`;
  }

  [...table.tHead.rows[0].cells].forEach((head, place) => {
    const isNumber = head.classList.contains("n");
    const button = made("button", { type: "button" }, head.textContent);
    button.addEventListener("click", () => {
      const before = head.getAttribute("aria-sort");
      const isDown = before ? before === "ascending" : isNumber;
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
      const keyed = [...body.rows].map((row) => [valueOf(row, place, isNumber), row]);
      keyed.sort(([one], [other]) => (isNumber ? one - other : collator.compare(one, other)) * (isDown ? -1 : 1));
      body.append(...keyed.map(([, row]) => row));
      show();
    });
    head.replaceChildren(button);
  });

  if ("filter" in block.dataset) {
    const input = made("input", { type: "search", placeholder: "Filter" });
    input.setAttribute("aria-label", `Filter: ${table.getAttribute("aria-label")}`);
    input.addEventListener("input", () => { state.wanted = input.value; show(); });
    more.addEventListener("click", () => { state.isWhole = !state.isWhole; show(); });
    block.querySelector(".title").append(made("div", { className: "tools" }, made("label", {}, input), told, more));
  }
  show();
}

// The numbers of the rates, which are many: their table is made when it is asked for.
function setUpRates(place) {
  const { width_ns: width, begin_ns: begin, series } = data.rates;
  place.closest("details").addEventListener("toggle", () => {
    if (place.childElementCount || !series.length) return;
    const cell = (tag, text, isNumber) => made(tag, { className: isNumber ? "n" : "", textContent: text });
    const heads = ["From, UTC", ...series.flatMap(({ network }) => [`${network}: octets`, "frames"])];
    const head = made("tr", {}, ...heads.map((text, at) => cell("th", text, at > 0)));
    const body = made("tbody");
    const count = series[0].octets.length;
    for (let bin = 0; bin < count; bin += 1) {
      const numbers = series.flatMap(({ octets, frames }) => [octets[bin], frames[bin]]);
      if (!numbers.some(Boolean)) continue;
      const time = new Date(Math.round((begin + bin * width) / 1e6)).toISOString().replace("T", " ").replace("Z", "");
      body.append(made("tr", {}, cell("td", time, false), ...numbers.map((number) => cell("td", grouped(number), true))));
    }
    const table = made("table", {}, made("thead", {}, head), body);
    table.setAttribute("aria-label", "Octets and frames, by span and network");
    const title = made("div", { className: "title" }, made("h4", { textContent: table.getAttribute("aria-label") }));
    place.dataset.filter = "";
    place.append(title, made("div", { className: "scroll", tabIndex: 0 }, table));
    setUpTable(place);
  });
}

// Pictures, each as wide as its place; those of several parts are told how wide that is.
function fitted(spec, width) {
  if (!spec.vconcat) return spec;
  return { ...spec, vconcat: spec.vconcat.map((part) => ({ ...part, width: Math.max(width - 84, 120) })) };
}

function narrowed(spec, width) {
  if (width > 560) return spec;
  const { data: rows, ...rest } = spec;
  const smaller = JSON.stringify(rest).replace(/"(label|title)FontSize":12/g, '"$1FontSize":11');
  const small = JSON.parse(smaller.replace(/"labelLimit":\d+/g, '"labelLimit":100'));
  small.config.legend.columns = 2;
  return { ...small, data: rows };
}

// What a picture is about says how high it is, and how wide at most.
function chosen(spec, choice, room) {
  const { heights, widths } = spec.usermeta ?? {};
  const sized = { ...spec, height: heights?.[choice] ?? spec.height };
  if (widths && widths[choice] + BESIDE < room) sized.width = widths[choice];
  return spec.params ? { ...sized, params: [{ name: "choice", value: choice }] } : sized;
}

async function draw(place) {
  const name = place.dataset.picture;
  const width = place.clientWidth;
  const select = document.querySelector(`select[data-picture="${name}"]`);
  const choice = select ? Number(select.value) : 0;
  const spec = chosen(narrowed(fitted(data.pictures[name], width), width), choice, width);
  const { view } = await vegaEmbed(place, spec, {
    ast: true, renderer: "svg", actions: false, defaultStyle: false, formatLocale,
    tooltip: { disableDefaultStyle: true },
  });
  views[name] = view;
  place.dataset.drawn = "true";
}

function setUpPictures() {
  const places = [...document.querySelectorAll(".picture")];
  const drawAll = () => Promise.all(places.map((place) => draw(place).catch((error) => console.error(error))));
  for (const select of document.querySelectorAll("select[data-picture]")) {
    const tell = () => { select.parentElement.dataset.chosen = select.selectedOptions[0].textContent; };
    select.addEventListener("change", () => {
      tell();
      draw(document.getElementById(`picture-${select.dataset.picture}`));
    });
    tell();
  }
  let width = document.documentElement.clientWidth;
  let timer = 0;
  window.addEventListener("resize", () => {
    const now = document.documentElement.clientWidth;
    if (now === width || window.matchMedia("print").matches) return;
    width = now;
    clearTimeout(timer);
    timer = setTimeout(drawAll, 150);
  });
  return drawAll();
}

setUpTheme();
document.querySelectorAll(".table:not(.later)").forEach(setUpTable);
document.querySelectorAll("[data-rates]").forEach(setUpRates);
window.dovetool = { data, views, drawn: setUpPictures() };
