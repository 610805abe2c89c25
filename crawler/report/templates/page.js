"use strict";
(() => {
  // How much is shown at once: places, links to a place, and how many more at a click.
  const PLACES = 50, NEW_PLACES = 20, LINKS = 5, MORE = 200;
  const SAID = {
    "404": "not found", "410": "gone for good", "fragment": "no such place on the page", "dns": "no such host",
    "redirect-loop": "redirects in a circle", "soft-404": "says “not found” with status 200", "timeout": "no answer in time",
    "connect": "connection refused", "tls": "no secure connection", "no-location": "a redirect to nowhere",
  };
  let findings = [], site = "";

  const by = (id) => document.getElementById(id);
  const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
  const make = (name, className, ...children) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    element.append(...children);
    return element;
  };

  function read() {
    const data = JSON.parse(by("findings").textContent);
    const words = data.columns.length - data.numbers;
    site = data.site;
    findings = data.rows.map((row) => {
      const finding = {};
      data.columns.forEach((name, n) => { finding[name] = n < words ? data.words[row[n]] : row[n]; });
      finding.place = finding.fragment ? `${finding.target}#${finding.fragment}` : finding.target;
      finding.dead = finding.whole ? finding.target : finding.place;
      finding.host = /^\w+:\/\/[^/?#]+/.exec(finding.target)?.[0] ?? finding.target;
      finding.hay = [finding.source, finding.place, finding.reason, SAID[finding.reason] ?? "", finding.kind,
        finding.text, finding.file].join("\n").toLowerCase();
      return finding;
    });
  }

  // Addresses: only http and https can be clicked; what is on the site itself is shown without its host.
  const short = (url) => (site && url.startsWith(`${site}/`) ? url.slice(site.length) : url);
  const escaped = (text) => encodeURIComponent(text).replace(/-/g, "%2D");
  function link(url, shown) {
    if (!/^https?:\/\//.test(url)) return make("span", "", shown);
    const anchor = make("a", "", shown);
    anchor.href = url;
    anchor.rel = "noreferrer";
    return anchor;
  }
  const named = (fragment) => encodeURI(fragment).replace(/%25/g, "%");
  const target = (finding) => link(finding.target + (finding.fragment ? `#${named(finding.fragment)}` : ""), short(finding.place));
  const dead = (finding) => (finding.dead === finding.target ? link(finding.target, short(finding.target)) : target(finding));
  function source(finding) {
    const seen = finding.kind === "a href" && !finding.text.includes("…") ? finding.text.slice(0, 200) : "";
    const section = named(finding.section);
    const directive = seen ? `:~:text=${escaped(seen)}` : "";
    return link(finding.source + (section || directive ? `#${section}${directive}` : ""), short(finding.source));
  }

  const GROUPS = {
    target: {
      key: (finding) => finding.dead,
      head: (first, level) => [make("span", "reason", first.reason), make(level, "", dead(first)), ...about(first)],
      row: (finding) => [source(finding), ...where(finding, finding.place.slice(finding.dead.length))],
    },
    page: {
      key: (finding) => finding.source,
      head: (first, level) => [make(level, "", link(first.source, short(first.source)))],
      row: (finding) => [make("span", "reason", finding.reason), " ", target(finding), ...where(finding), ...fresh(finding)],
    },
    host: {
      key: (finding) => finding.host,
      head: (first, level) => [make(level, "", link(`${first.host}/`, first.host))],
      row: (finding) => [make("span", "reason", finding.reason), " ", target(finding), " on ", source(finding),
        ...where(finding), ...fresh(finding)],
    },
  };
  const fresh = (finding) => (finding.fresh ? [" ", make("span", "mark", "new")] : []);
  function about(finding) {
    const status = finding.status && !/^\d+$/.test(finding.reason) ? `status ${finding.status}` : "";
    const said = [SAID[finding.reason] ?? status];
    if (finding.nearest) said.push(`the nearest is #${finding.nearest}`);
    if (finding.nights > 1) said.push(`for ${finding.nights} nights, since ${finding.since}`);
    return [...fresh(finding), make("span", "about", said.filter(Boolean).join(" · "))];
  }
  function where(finding, to = "") {
    const parts = [];
    if (finding.file) parts.push(" ", make("span", "where", finding.file + (finding.file_line ? `:${finding.file_line}` : "")));
    else if (finding.line) parts.push(" ", make("span", "where", `line ${finding.line}`));
    // Text from right to left would carry a number behind it along.
    const text = finding.text ? [", “", make("bdi", "", finding.text), "”"] : [];
    const times = finding.occurrences > 1 ? `, ${finding.occurrences} times` : "";
    return [...parts, " ", make("span", "about", finding.kind, ...text, (to && `, to ${to}`) + times)];
  }

  function grouped(found, by) {
    const groups = new Map();
    for (const finding of found) {
      const key = by.key(finding);
      const group = groups.get(key);
      if (group) group.push(finding);
      else groups.set(key, [finding]);
    }
    return [...groups.values()].sort((one, other) => other.length - one.length);
  }

  // Puts `items` into `parent`, the rest behind a button; a click leads on to the first of the next.
  function unroll(parent, items, render, first, noun) {
    let shown = 0;
    const button = make("button", "more");
    button.type = "button";
    const show = (number) => {
      const next = items.slice(shown, shown + number).map(render);
      parent.append(...next);
      shown += next.length;
      const left = items.length - shown;
      button.textContent = left > MORE ? `Show ${MORE} more of ${count(left, noun)}` : `Show ${count(left, `more ${noun}`)}`;
      button.hidden = !left;
      return next;
    };
    show(first);
    if (button.hidden) return [];
    button.addEventListener("click", () => show(MORE)[0].querySelector("a, span[tabindex]")?.focus());
    return [button];
  }

  function group(by, found, level) {
    const rows = make("ul", "rows");
    const more = unroll(rows, found, (finding) => make("li", "", ...by.row(finding)), LINKS, "link");
    const number = found.length > 1 ? [make("span", "about", `· ${count(found.length, "link")}`)] : [];
    return make("article", "group", make("div", "head", ...by.head(found[0], level), ...number), rows, ...more);
  }

  function list(parent, groups, by, first, level) {
    const places = make("div");
    parent.replaceChildren(places, ...unroll(places, groups, (found) => group(by, found, level), first, "group"));
  }

  function choice() {
    return {
      words: by("query").value.toLowerCase().split(/\s+/).filter(Boolean),
      reason: by("reason").value,
      age: by("age")?.value ?? "",
      group: document.querySelector("input[name=group]:checked").value,
    };
  }
  const fits = ({ words, reason, age }) => (finding) =>
    (!reason || finding.reason === reason) && (!age || finding.fresh === (age === "new" ? 1 : 0)) &&
    words.every((word) => finding.hay.includes(word));

  function filter() {
    const chosen = choice();
    const found = findings.filter(fits(chosen));
    const groups = grouped(found, GROUPS[chosen.group]);
    by("count").textContent = found.length
      ? `${count(found.length, "link")}, ${count(groups.length, chosen.group)}`
      : "No broken link is like that.";
    list(by("list"), groups, GROUPS[chosen.group], PLACES, "h3");
  }

  function reasons() {
    const chosen = by("reason").value;
    const numbers = new Map();
    for (const finding of findings) numbers.set(finding.reason, (numbers.get(finding.reason) ?? 0) + 1);
    const sorted = [...numbers].sort((one, other) => other[1] - one[1]);
    by("reason").replaceChildren(by("reason").options[0], ...sorted.map(([reason, number]) => {
      const option = make("option", "", `${reason} (${number.toLocaleString("en")})`);
      option.value = reason;
      return option;
    }));
    by("reason").value = numbers.has(chosen) ? chosen : "";
  }

  function start() {
    read();
    const news = findings.filter((finding) => finding.fresh);
    if (by("new")) list(by("new"), grouped(news, GROUPS.target), GROUPS.target, NEW_PLACES, "h4");
    if (!by("tools")) return;
    reasons();
    by("tools").hidden = false;
    by("tools").oninput = filter;
    by("tools").onsubmit = (event) => event.preventDefault();
    filter();
  }

  // A run under way: what it says is shown as it comes; what it found is asked for as a page, of which all
  // takes the place of what was there but the tools, in which somebody may be typing.
  function follow() {
    const events = new EventSource("events");
    events.addEventListener("progress", (event) => {
      const { said, waits, done, known } = JSON.parse(event.data);
      by("said").textContent = said;
      by("waits").replaceChildren(...waits.map((wait) => make("li", "", wait)));
      if (known) Object.assign(by("bar"), { max: known, value: done });
    });
    events.addEventListener("news", renew);
    events.addEventListener("end", async () => {
      await renew();
      by("live").remove();
      events.close();
    });
    events.addEventListener("error", () => {
      if (by("said")) by("said").textContent = "The run does not answer any more.";
    });
  }
  async function renew() {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok) return;
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.title = next.title;
    for (const part of next.querySelectorAll("main > section, #about, #findings, footer")) {
      if (part.id === "broken" && by("tools") && part.querySelector("#tools")) {
        if (!part.querySelector("#so-far")) by("so-far")?.remove();
        continue;
      }
      const old = part.id ? by(part.id) : document.querySelector(part.localName);
      if (old) old.replaceWith(part);
      else document.querySelector("main").append(part);
    }
    start();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !by("query")) return;
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "") && document.activeElement.type !== "radio") return;
    event.preventDefault();
    by("query").focus();
  });
  start();
  if ("live" in document.documentElement.dataset) follow();
})();
