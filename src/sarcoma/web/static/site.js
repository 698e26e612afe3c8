// Enhancements only: every page works without this file.
document.querySelectorAll("button[data-copy]").forEach((button) => {
  if (!navigator.clipboard) return;
  button.textContent = "Copy text for the notes";
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(button.form));
    const answer = await fetch(button.formAction, { method: "POST", body });
    await navigator.clipboard.writeText(await answer.text());
    button.textContent = "Copied";
  });
});
document.addEventListener("input", (event) => {
  if (event.target.id === "survived") document.querySelector("output[for=survived]").textContent = event.target.value;
});
// The slider answers in place: only the part of the page that moves is asked for, and only the last answer counts.
let asked;
document.addEventListener("change", async (event) => {
  const slider = event.target;
  if (!slider.dataset.part) return;
  asked?.abort();
  asked = new AbortController();
  try {
    const body = new URLSearchParams(new FormData(slider.form));
    const answer = await fetch(slider.dataset.part, { method: "POST", body, signal: asked.signal });
    if (!answer.ok) return;
    const focused = document.activeElement === slider;
    document.getElementById("course").outerHTML = await answer.text();
    const seen = new Set(); // a part that came later brings its sources along: each stands once
    document.querySelectorAll(".origins > [popover]").forEach((box) => seen.has(box.id) ? box.remove() : seen.add(box.id));
    if (focused) document.getElementById(slider.id)?.focus();
  } catch { /* asked again meanwhile, or no connection: the button still works */ }
});
