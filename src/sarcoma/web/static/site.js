// Enhancements only: every page works without this file.
document.querySelectorAll("[data-copy]").forEach((button) => {
  const text = document.getElementById(button.dataset.copy);
  if (!text || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text.value);
    button.textContent = "Copied";
  });
});
document.addEventListener("input", (event) => {
  if (event.target.id === "survived") document.querySelector("output[for=survived]").textContent = event.target.value;
});
