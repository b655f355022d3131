// What ipywidgets lacks, beside each explorer in the page: states and descriptions for screen readers, and downloads
// that start by themselves.

const set = (node, name, value) => node.getAttribute(name) === value || node.setAttribute(name, value);

function mark(root) {
  for (const group of root.querySelectorAll(".widget-toggle-buttons")) {
    set(group, "role", "group");
    set(group, "aria-label", group.querySelector(".widget-label")?.textContent.trim() || "choices");
  }
  for (const button of root.querySelectorAll(".widget-toggle-buttons button, button.widget-toggle-button"))
    set(button, "aria-pressed", String(button.classList.contains("mod-active")));
  const words = root.querySelector(".influtics-summary")?.textContent.trim();
  for (const image of root.querySelectorAll("img.influtics-image")) set(image, "alt", words || "picture");
}

function render({ el }) {
  const started = new Set();
  let observer, timer;
  const attach = () => {
    const root = el.closest(".influtics-explorer");
    if (!root) {
      timer = setTimeout(attach, 100); // not in the page yet
      return;
    }
    const links = () => [...root.querySelectorAll("a.influtics-file")];
    links().forEach((link) => started.add(link.href));
    mark(root);
    observer = new MutationObserver(() => {
      mark(root);
      for (const link of links()) if (!started.has(link.href)) started.add(link.href), link.click();
      if (!links().length) started.clear();
    });
    observer.observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ["class"] });
  };
  attach();
  return () => (clearTimeout(timer), observer?.disconnect());
}

export default { render };
