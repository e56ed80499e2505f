"use strict";
// Adds a copy button to every command; without scripts the text can still be selected.
for (const box of document.querySelectorAll("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy this command");
  button.addEventListener("click", async () => {
    const code = box.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      const selection = window.getSelection();
      selection.selectAllChildren(code);
      button.textContent = "Selected: press Ctrl+C";
    }
    window.setTimeout(() => { button.textContent = "Copy"; }, 2500);
  });
  box.append(button);
}
// A link into a closed part opens it.
const reveal = () => {
  let target = null;
  try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch { return; }
  for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
};
window.addEventListener("hashchange", reveal);
reveal();
