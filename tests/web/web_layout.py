"""How a page lies in its window: texts that overlap, what is cut off, what is too small for a finger. One call a size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from web_browser import post
from web_cases import RECORDS, REFUSED, Form, chapters

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTHS = (320, 360, 768, 1024, 1280, 1920)
HEIGHT = 740
PAPER = {"width": 718, "height": 1000}
"""A4 within its margins, at 96 dots to the inch."""

PEOPLE = RECORDS | REFUSED
"""Ten made-up people: eight whose record can be read, two who are asked again."""

COMMON = {
    "home": "/", "understand": "/understand", "article": "/article", "people": "/people", "privacy": "/privacy",
    "models": "/models", "evidence": "/evidence", "search": "/evidence?q=lung", "shelf": "/evidence/shelf/spread-rate",
    "fact": "/evidence/B21", "place": "/evidence/lung", "treatment": "/evidence/pazopanib?country=UK",
    "alarm": "/evidence/anything-sudden", "type": "/evidence/leiomyosarcoma", "source": "/evidence/LOCHNER20",
    "model": "/models/kattan-2002", "changes": "/changes", "api": "/api", "message": "/nowhere", "form": "/situation",
    "survival asked": "/survival", "team, empty": "/team", "Spanish": "/es/understand/signs",
}  # fmt: skip
"""A page of every template that no person is in."""
PERSONAL = ("/situation", "/situation/edit", "/survival", "/survival/shown", "/page", "/team", "/es/situation")
"""A page of every template about a person."""

MEASURED = r"""([wanted]) => {
  const found = [], said = (e) => (e.textContent || e.name || e.id || "").trim().replace(/\s+/g, " ").slice(0, 50);
  const name = (e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + (typeof e.className === "string" && e.className ? "." + e.className.split(" ")[0] : "");
  const seen = (e) => e.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}) && !e.closest(".hide, .skip, [hidden]");
  const styles = new Map(), style = (e) => { if (!styles.has(e)) styles.set(e, getComputedStyle(e)); return styles.get(e); };
  const root = document.documentElement;
  if (wanted.includes("sideways") && root.scrollWidth > root.clientWidth)
    found.push(`sideways: ${root.scrollWidth} of ${root.clientWidth}`);

  const windows = new Map();  // what an element shows of its contents, and whether it floats over others
  const shown = (e) => {
    if (!e || e === root || e === document.body) return {left: -1e6, top: -1e6, right: 1e6, bottom: 1e6, over: false};
    if (windows.has(e)) return windows.get(e);
    const s = style(e), up = shown(e.parentElement), own = {...up, over: up.over || ["fixed", "sticky"].includes(s.position)};
    if (s.overflowX !== "visible" && s.display !== "inline" && !(e instanceof SVGElement)) {
      const b = e.getBoundingClientRect();
      Object.assign(own, {left: Math.max(up.left, b.left), right: Math.min(up.right, b.right), top: Math.max(up.top, b.top), bottom: Math.min(up.bottom, b.bottom)});
    }
    windows.set(e, own);
    return own;
  };
  const boxes = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const e = node.parentElement;
    if (!node.data.trim() || e.closest("select, textarea, script, style, title, desc, option, datalist") || !seen(e)) continue;
    const view = shown(e);
    if (view.over) continue;
    range.selectNodeContents(node);
    for (const b of range.getClientRects()) {
      const trim = b.height * .22, box = {left: Math.max(b.left, view.left) + 1, right: Math.min(b.right, view.right) - 1,
        top: Math.max(b.top + trim, view.top), bottom: Math.min(b.bottom - trim, view.bottom), node, e};
      if (box.right > box.left && box.bottom > box.top) boxes.push(box);
    }
    const svg = e.ownerSVGElement;
    if (svg && wanted.includes("cut")) {
      const b = e.getBoundingClientRect(), s = svg.getBoundingClientRect();
      if (style(svg).overflowX !== "visible" && (b.left < s.left - 2 || b.right > s.right + 2 || b.top < s.top - 4 || b.bottom > s.bottom + 4))
        found.push(`cut off in a picture: "${said(e)}"`);
    }
  }
  if (wanted.includes("overlap")) {
    boxes.sort((a, b) => a.top - b.top);
    const told = new Set();
    for (let i = 0; i < boxes.length; i++)
      for (let j = i + 1; j < boxes.length && boxes[j].top < boxes[i].bottom; j++) {
        const a = boxes[i], b = boxes[j];
        if (a.node === b.node || a.right <= b.left || b.right <= a.left) continue;
        const key = `overlap: "${said(a.e)}" (${name(a.e)}) and "${said(b.e)}" (${name(b.e)})`;
        if (!told.has(key)) { told.add(key); found.push(key); }
      }
  }
  if (wanted.includes("cut"))
    for (const e of document.body.querySelectorAll("*")) {
      if (e instanceof SVGElement || !["hidden", "clip"].includes(style(e).overflowX) && !["hidden", "clip"].includes(style(e).overflowY)) continue;
      if (!seen(e) || !e.textContent.trim() || e.matches("input, select, textarea")) continue;
      if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1 || e.scrollHeight > e.clientHeight + 1 && e.clientHeight > 1)
        found.push(`cut off: "${said(e)}" (${name(e)})`);
    }
  if (wanted.includes("targets")) {
    const all = [...document.querySelectorAll("a[href], button, summary, input:not([type=hidden]), select, textarea")].filter(seen)
      .map((e) => [e, (/^(radio|checkbox)$/.test(e.type) && e.closest("label") || e).getBoundingClientRect()]).filter(([, b]) => b.width > 0);
    const middle = (b) => [b.left + b.width / 2, b.top + b.height / 2];
    const apart = (e, b) => all.every(([o, c]) => {  // a circle of 24 pixels around its middle meets no other target
      if (o === e || o.contains(e) || e.contains(o)) return true;
      const [x, y] = middle(b), dx = Math.max(c.left - x, 0, x - c.right), dy = Math.max(c.top - y, 0, y - c.bottom);
      return dx * dx + dy * dy >= 143;
    });
    const letters = (text) => text.replace(/[^\p{L}\p{N}]+/gu, "").length;
    for (const [e, b] of all) {
      if (b.height >= 23.5 && b.width >= 23.5) continue;
      if (e.tagName === "A") {
        const inline = style(e).display === "inline", around = e.parentElement.closest("p, li, td, dd, th, figcaption, h1, h2, h3") || e.parentElement;
        if (inline && letters(around.textContent) > letters(e.textContent) + 2) continue;
        if (apart(e, b)) continue;
      }
      found.push(`small: "${said(e) || e.getAttribute("aria-label")}" (${name(e)}) ${Math.round(b.width)} × ${Math.round(b.height)}`);
    }
  }
  return found;
}"""
SCREEN = ("overlap", "cut", "sideways", "targets")
OPEN = "document.querySelectorAll('details').forEach((d) => { d.open = true; })"


def faults(page: Page) -> Iterator[str]:
    """What is wrong with the page that is open, at every width and on paper, folded and with everything open."""
    for folded in (True, False):
        if not folded:
            page.evaluate(OPEN)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            for fault in page.evaluate(MEASURED, [SCREEN]):
                yield f"{width} {'folded' if folded else 'open'}: {fault}"
    page.emulate_media(media="print")
    page.set_viewport_size(PAPER)
    for fault in page.evaluate(MEASURED, [("overlap", "cut")]):
        yield f"print: {fault}"
    page.emulate_media(media="screen")


def common() -> dict[str, str]:
    """Name and address of each page without a person, chapters too."""
    return COMMON | {address: address for address in chapters()}


def about(page: Page, path: str) -> Iterator[tuple[str, Form]]:
    """Opens a page about each of the ten people, one after the other."""
    for name, form in PEOPLE.items():
        page.goto("/privacy")
        post(page, path, form)
        yield name, form
