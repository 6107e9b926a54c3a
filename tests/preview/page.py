#!/usr/bin/env python3
"""Judges pages of a preview in headless Chromium. Usage: page.py FIRST.html CHANGES.html"""

import base64
import json
import os
import pathlib
import re
import sys
import tempfile

from browser import Browser

SIZES = [("wide", 1280, 900), ("narrow", 390, 844)]
SCHEMES = ["light", "dark"]
MARKUP = "<script>window.taken=1</script>"
MOST_NODES = 15_000

faults: list[str] = []


def expect(what: str, holds: bool, seen: object = "") -> None:
    if not holds:
        faults.append(f"{what}: {seen}")


NUMBER = """Number(document.getElementById("count").textContent.split(" ")[0].replace(/,/g, ""))"""
CHOOSE = """(async () => {
  const filter = document.getElementById(%s);
  filter.value = %s;
  filter.dispatchEvent(new Event(filter.tagName === "INPUT" ? "input" : "change"));
  await new Promise((done) => setTimeout(done, 200));
  return %s;
})()"""


def choose(tab, name: str, value: str) -> int:
    return tab.value(CHOOSE % (json.dumps(name), json.dumps(value), NUMBER))


def judge_look(tab, name: str) -> None:
    """What holds at every size and in every colour scheme."""
    wide = tab.value("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    expect(f"{name}: nothing to scroll sideways", wide[0] <= wide[1], wide)
    expect(f"{name}: no markup is taken", tab.value("window.taken === undefined"))
    nodes = tab.value("document.getElementsByTagName('*').length")
    expect(f"{name}: few nodes", nodes < MOST_NODES, nodes)
    expect(f"{name}: changes are drawn", tab.value("document.querySelectorAll('#list article').length") > 0)


def judge_filters(tab, name: str, total: int) -> None:
    """Each choice shows as many changes as it says, and the search finds what is there."""
    expect(f"{name}: all are counted", tab.value(NUMBER) == total, tab.value(NUMBER))
    for select in ["directory", "kind", "attribute", "rule"]:
        options = tab.value(f"[...document.getElementById('{select}').options].map((one) => [one.value, one.text])")
        for value, text in options:
            if value:
                said = int(re.search(r"\(([\d,]+)\)$", text)[1].replace(",", ""))
                shown = choose(tab, select, value)
                expect(f"{name}: {select} {text}", said == shown, shown)
        choose(tab, select, "")
    expect(f"{name}: nothing is like that", choose(tab, "search", "there is no such word") == 0)
    expect(f"{name}: and that is said", tab.value("!document.getElementById('nothing').hidden"))
    tab.value("document.getElementById('clear').click()")
    expect(f"{name}: all are back", tab.value(NUMBER) == total, tab.value(NUMBER))
    found = choose(tab, "search", "cn=")
    expect(f"{name}: a name's part is found", found == total, found)
    choose(tab, "search", "")


def many(page: pathlib.Path, folder: pathlib.Path, count: int) -> pathlib.Path:
    """The same page with as many changes as a merger's."""
    text = page.read_text(encoding="utf-8")
    begin = text.index('id="plan">') + len('id="plan">')
    end = text.index("</script>", begin)
    plan = json.loads(text[begin:end])
    rows = plan["changes"]
    plan["changes"] = [rows[at * len(rows) // count] for at in range(count)]
    data = json.dumps(plan).replace("<", "\\u003c")
    path = folder / "many.html"
    path.write_text(text[:begin] + data + text[end:], encoding="utf-8")
    return path


def main(first: str, changes: str) -> None:
    pictures = os.environ.get("PICTURES")
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        pages = [pathlib.Path(first), pathlib.Path(changes), many(pathlib.Path(changes), pathlib.Path(folder), 20_000)]
        grounds = set()
        for page in pages:
            for size, width, height in SIZES:
                for scheme in SCHEMES:
                    name = f"{page.stem}-{size}-{scheme}"
                    tab = browser.open(page.resolve().as_uri(), width, height, scheme)
                    judge_look(tab, name)
                    grounds.add((scheme, tab.value("getComputedStyle(document.body).backgroundColor")))
                    if pictures:
                        picture = tab.call("Page.captureScreenshot", captureBeyondViewport=False)["data"]
                        pathlib.Path(pictures, f"{name}.png").write_bytes(base64.b64decode(picture))
                    total = tab.value("JSON.parse(document.getElementById('plan').textContent).changes.length")
                    if scheme == "light":
                        judge_filters(tab, name, total)
                    if page.stem == "changes":
                        shown = choose(tab, "search", "<script>")
                        text = tab.value("document.getElementById('list').innerText")
                        expect(f"{name}: markup is text", shown == 1 and MARKUP in text, (shown, text[:300]))
                        judge_look(tab, f"{name} searched")
                    expect(f"{name}: no error", not tab.errors, tab.errors)
                    tab.close()
        expect("light and dark differ", len(grounds) == 2, grounds)
    for fault in faults:
        print(f"preview: {fault}", file=sys.stderr)
    if faults:
        sys.exit(1)
    print(f"preview: {len(pages)} pages at {len(SIZES)} sizes, light and dark: searched, filtered, no error")


main(*sys.argv[1:])
