// Enhancements only: every page works without this file.
try { sessionStorage.clear(); } catch { /* there is none */ } // htmx notes the address of its page; nothing at all is kept here
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
document.addEventListener("htmx:afterSwap", () => { // a part that came later brings its sources along: each stands once
  const seen = new Set();
  document.querySelectorAll(".origins > [popover]").forEach((box) => seen.has(box.id) ? box.remove() : seen.add(box.id));
});
