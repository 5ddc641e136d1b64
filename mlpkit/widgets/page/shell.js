// What every part of the course's pages shares: elements, the theme of the page, and staying in sight.

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// The dark theme of JupyterLab and Notebook, of VS Code and of Colab.
function pageIsDark() {
  const { body, documentElement } = document;
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "false";
  return body.classList.contains("vscode-dark") || documentElement.getAttribute("theme") === "dark";
}

// Keeps the class of `root` in step with the theme. Returns what stops it.
function followTheme(root) {
  const follow = () => root.classList.toggle("mlpkit-dark", pageIsDark());
  const watcher = new MutationObserver(follow);
  watcher.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "class"] });
  watcher.observe(document.documentElement, { attributes: true, attributeFilter: ["theme"] });
  follow();
  return () => watcher.disconnect();
}

// Shift+Enter chooses the next cell and scrolls to it before the output of this one is there. For a moment after it
// was made, what was run is brought back into sight, unless the reader scrolls or many cells are run.
function stayInSight(root) {
  const until = performance.now() + 2500;
  let left = false;
  const leave = () => (left = true);
  const gestures = ["wheel", "touchmove", "pointerdown", "keydown"];
  for (const gesture of gestures) window.addEventListener(gesture, leave, { capture: true, passive: true });

  function justRun() {
    const cell = root.closest(".jp-Cell");
    const chosen = document.querySelector(".jp-Notebook .jp-Cell.jp-mod-active");
    return cell && chosen && (chosen === cell || chosen === cell.nextElementSibling);
  }
  function look() {
    if (left || performance.now() > until || !root.isConnected) {
      for (const gesture of gestures) window.removeEventListener(gesture, leave, { capture: true });
      return;
    }
    const pane = root.closest(".jp-WindowedPanel-outer") || root.closest(".jp-Notebook");
    if (pane && justRun()) {
      const [box, window_] = [root.getBoundingClientRect(), pane.getBoundingClientRect()];
      const [above, below] = [box.top - window_.top, window_.bottom - box.bottom];
      if (above < 0 || (below < 0 && above > 8)) pane.scrollTop += above < 0 || -below > above ? above - 4 : -below + 4;
    }
    setTimeout(look, 60);
  }
  look();
}

// When the kernel is gone nothing follows any more: say so, and what to do. Returns what stops it.
function sayWhenKernelIsGone(model, el, root) {
  const note = make("p", { class: "mlpkit-gone", role: "status" });
  root.prepend(note);
  function look() {
    const gone = el.closest(".jupyter-widgets-disconnected") !== null;
    root.classList.toggle("mlpkit-is-gone", gone);
    note.textContent = gone ? "The kernel was restarted: run this cell again." : "";
    for (const control of root.querySelectorAll("input, button, select, textarea")) {
      if (gone) control.disabled = true;
    }
  }
  const soon = () => setTimeout(look);
  model.on("comm_live_update", soon);
  soon();
  return () => model.off("comm_live_update", soon);
}

// Words for those who hear the page: the last ones, when nothing has changed for a moment.
function announcer(root) {
  const region = make("div", { class: "mlpkit-heard", "aria-live": "polite" });
  root.append(region);
  let waiting = null;
  return (words) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => (region.textContent = words), 700);
  };
}
