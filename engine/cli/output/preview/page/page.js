"use strict";
(() => {
  const plan = JSON.parse(document.getElementById("plan").textContent);
  const AT_ONCE = 60;
  const byId = (id) => document.getElementById(id);

  /** An element; `parts` are texts and elements. Nothing of the plan is ever taken for markup. */
  const make = (tag, classes, ...parts) => {
    const element = document.createElement(tag);
    if (classes) element.className = classes;
    element.append(...parts.filter((part) => part !== null && part !== undefined && part !== ""));
    return element;
  };
  const counted = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

  const changes = plan.changes.map((row) => {
    const [directory, kind, dn, newDn, reason, isNew, score, strange, groups, values] = row;
    return { directory, kind, dn, newDn, reason, isNew, score, strange, groups, values, text: null };
  });
  const textOf = (change) => {
    if (change.text === null) {
      const values = change.values.flatMap(([attribute, rule, old, now]) => [
        plan.attributes[attribute], rule < 0 ? "" : plan.rules[rule], ...old, ...now,
      ]);
      change.text = [change.dn, change.newDn || "", change.reason || "", ...values].join("\n").toLowerCase();
    }
    return change.text;
  };

  /** The text with each place that was searched for marked. */
  let words = [];
  const marked = (text) => {
    if (words.length === 0) return [text];
    const parts = [];
    const lower = text.toLowerCase();
    let from = 0;
    while (from < text.length) {
      let at = -1;
      let length = 0;
      for (const word of words) {
        const found = lower.indexOf(word, from);
        if (found >= 0 && (at < 0 || found < at)) { at = found; length = word.length; }
      }
      // A text that grows in lower case has other places there: it is left unmarked.
      if (at < 0 || lower.length !== text.length) break;
      parts.push(text.slice(from, at), make("mark", "", text.slice(at, at + length)));
      from = at + length;
    }
    parts.push(text.slice(from));
    return parts;
  };

  const split = (dn) => {
    const match = /^[^=]+=((?:\\.|[^,\\])*),?(.*)$/s.exec(dn);
    return match ? [match[1].replace(/\\([^0-9a-fA-F])/g, "$1"), match[2]] : [dn, ""];
  };

  const listed = (values, classes) => values.length === 0
    ? [make("div", "soft", "(none)")]
    : values.map((value) => make("div", classes, ...marked(value)));

  const rowOf = (change, [attribute, rule, old, now]) => {
    const name = make("th", "", ...marked(plan.attributes[attribute]));
    if (rule >= 0) name.append(make("div", "rule", plan.rules[rule]));
    const kept = old.filter((value) => now.includes(value));
    const gone = old.filter((value) => !now.includes(value));
    const come = now.filter((value) => !old.includes(value));
    const cells = [];
    if (plan.kinds[change.kind] !== "add") {
      cells.push(make("td", "", ...(gone.length ? listed(gone, "old") : [make("div", "soft", old.length ? "" : "(none)")])));
    }
    const right = make("td", "", ...(come.length ? listed(come, "new") : [make("div", "soft", now.length ? "" : "(none)")]));
    if (kept.length) right.append(make("div", "soft", counted(kept.length, "value stays", "values stay")));
    cells.push(right);
    const row = make("tr", "", name, ...cells);
    return row;
  };

  const draw = (change, withPlace) => {
    const kind = plan.kinds[change.kind];
    const [name, place] = split(change.dn);
    const box = make("article", `change k-${kind}`);
    const head = make("div", "", make("span", "badge", kind));
    if (withPlace) head.append(make("span", "badge plain", plan.directories[change.directory].name));
    head.append(make("span", "name", ...marked(name)), make("span", "place", ...marked(place)));
    box.append(head);
    if (change.newDn) {
      const [newName, newPlace] = split(change.newDn);
      box.append(make("div", "why", "becomes ", make("strong", "", ...marked(newName)), newPlace === place ? "" : ` in ${newPlace}`));
    }
    if (change.reason) box.append(make("div", "why", "Because ", ...marked(change.reason), "."));
    if (change.groups > 0) {
      box.append(make("div", "why", make("strong", "", `In ${counted(change.groups, "group", "groups")} of ${plan.directories[change.directory].name}`), ", and gone from there once it is deleted."));
    }
    if (withPlace && change.strange.length) {
      box.append(make("div", "why", make("ul", "", ...change.strange.map((reason) => make("li", "", reason)))));
    }
    if (change.values.length) {
      box.append(make("table", "values", make("tbody", "", ...change.values.map((value) => rowOf(change, value)))));
    }
    return box;
  };

  // What can be chosen --------------------------------------------------------------------------------------------

  const filters = { search: byId("search"), directory: byId("directory"), kind: byId("kind"), attribute: byId("attribute"), rule: byId("rule") };
  const offer = (select, every, names, count) => {
    select.append(make("option", "", every));
    select.lastChild.value = "";
    const order = names.map((_, at) => at).filter((at) => count[at] > 0);
    if (select !== filters.kind && select !== filters.directory) {
      order.sort((one, other) => names[one].localeCompare(names[other]));
    }
    for (const at of order) {
      const option = make("option", "", `${names[at]} (${count[at].toLocaleString("en")})`);
      option.value = String(at);
      select.append(option);
    }
  };
  const count = (length, of) => {
    const counts = new Array(length).fill(0);
    for (const change of changes) for (const at of new Set(of(change))) if (at >= 0) counts[at] += 1;
    return counts;
  };
  offer(filters.directory, "every directory", plan.directories.map((one) => one.name), count(plan.directories.length, (change) => [change.directory]));
  offer(filters.kind, "every kind", plan.kinds, count(plan.kinds.length, (change) => [change.kind]));
  offer(filters.attribute, "every attribute", plan.attributes, count(plan.attributes.length, (change) => change.values.map((value) => value[0])));
  offer(filters.rule, "every rule", plan.rules, count(plan.rules.length, (change) => change.values.map((value) => value[1])));

  // The list ------------------------------------------------------------------------------------------------------

  let found = [];
  let drawn = 0;
  const list = byId("list");
  const more = byId("more");

  const drawMore = () => {
    const part = document.createDocumentFragment();
    for (const change of found.slice(drawn, drawn + AT_ONCE)) {
      const before = found[drawn - 1];
      if (!before || before.directory !== change.directory || before.kind !== change.kind) {
        const many = found.filter((one) => one.directory === change.directory && one.kind === change.kind).length;
        part.append(make("div", "group", make("h3", "", `${plan.directories[change.directory].name}: ${plan.kinds[change.kind]}`), make("span", "soft", many.toLocaleString("en"))));
      }
      part.append(draw(change, false));
      drawn += 1;
    }
    list.append(part);
    more.hidden = drawn >= found.length;
    more.textContent = `Show more (${(found.length - drawn).toLocaleString("en")} left)`;
  };

  const choose = () => {
    words = filters.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = (filter) => (filters[filter].value === "" ? null : Number(filters[filter].value));
    const [directory, kind, attribute, rule] = ["directory", "kind", "attribute", "rule"].map(chosen);
    found = changes.filter((change) =>
      (directory === null || change.directory === directory) &&
      (kind === null || change.kind === kind) &&
      (attribute === null || change.values.some((value) => value[0] === attribute)) &&
      (rule === null || change.values.some((value) => value[1] === rule)) &&
      words.every((word) => textOf(change).includes(word)));
    drawn = 0;
    list.replaceChildren();
    drawMore();
    byId("count").textContent = found.length === changes.length
      ? counted(changes.length, "change", "changes")
      : `${found.length.toLocaleString("en")} of ${counted(changes.length, "change", "changes")}`;
    const isChosen = Object.values(filters).some((filter) => filter.value !== "");
    byId("clear").hidden = !isChosen;
    byId("nothing").hidden = found.length > 0;
    byId("nothing").textContent = changes.length === 0 ? "Nothing is planned: every address list is in step." : "No change is like that.";
  };

  let waiting = 0;
  filters.search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(choose, 80);
  });
  for (const filter of ["directory", "kind", "attribute", "rule"]) filters[filter].addEventListener("change", choose);
  byId("clear").addEventListener("click", () => {
    for (const filter of Object.values(filters)) filter.value = "";
    choose();
    filters.search.focus();
  });
  more.addEventListener("click", drawMore);
  new IntersectionObserver((seen) => {
    if (seen.some((one) => one.isIntersecting) && !more.hidden) drawMore();
  }, { rootMargin: "600px" }).observe(more);

  const strange = byId("strangest");
  for (const row of plan.strangest) {
    const [directory, kind, dn, newDn, reason, isNew, score, why, groups, values] = row;
    strange.append(draw({ directory, kind, dn, newDn, reason, isNew, score, strange: why, groups, values }, true));
  }
  byId("strange").hidden = plan.strangest.length === 0;
  choose();
})();
