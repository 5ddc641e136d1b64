// The page of an explorer: what to try, controls, picture, words, and the buttons that every explorer has.

function pictureOf(model, root, announce) {
  const image = make("img", { class: "mlpkit-picture", draggable: "false" });
  const frame = make("div", { class: "mlpkit-frame" }, image);
  const caption = make("div", { class: "mlpkit-caption", "aria-hidden": "true" }); // the same words as the alt text
  let url = null, waiting = [];

  function paint() {
    const bytes = model.get("data");
    if (!bytes || !bytes.byteLength) return;
    const next = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
    const previous = url;
    url = next;
    // The browser keeps the old picture until the new one is decoded: nothing flickers.
    image.onload = () => {
      caption.textContent = image.alt;
      if (previous) URL.revokeObjectURL(previous);
      image.dataset.frame = model.get("frame");
      const all = waiting;
      waiting = [];
      requestAnimationFrame(() => all.forEach((done) => done()));
    };
    image.src = next;
  }
  function describe() {
    image.alt = model.get("alt");
    announce(image.alt);
  }
  function resize() {
    frame.style.width = root.matches(":fullscreen") ? "100%" : model.get("width") + "px";
  }
  // Resolves when the next picture is on the screen; a kernel that does not answer is not waited for longer than this.
  const shown = () => new Promise((done) => (waiting.push(done), setTimeout(done, 3000)));

  model.on("change:data", paint);
  model.on("change:alt", describe);
  model.on("change:width", resize);
  describe();
  resize();
  paint();
  return { image, frame, caption, shown, resize, close: () => url && URL.revokeObjectURL(url) };
}

// Tells the kernel how wide the page is, so that the picture is drawn for it. Returns what stops it.
function measure(model, root, frame) {
  let waiting = null, said = "";
  function look() {
    const room = Math.floor(root.clientWidth);
    if (!room) return;
    const full = root.matches(":fullscreen") ? Math.max(1, frame.clientWidth / model.get("width")) : 1;
    const page = { room, pixels: (window.devicePixelRatio || 1) * full };
    if (JSON.stringify(page) === said) return;
    said = JSON.stringify(page);
    model.set("page", page);
    model.save_changes();
  }
  const watcher = new ResizeObserver(() => {
    clearTimeout(waiting);
    waiting = setTimeout(look, said ? 200 : 0);
  });
  watcher.observe(root);
  return () => watcher.disconnect();
}

function goalOf(model) {
  const said = make("span", { "aria-live": "polite" });
  const line = make("p", { class: "mlpkit-goal" }, make("strong", {}, "Goal: "), make("span", {}), said);
  function show() {
    const goal = model.get("goal");
    line.hidden = !goal.text;
    line.classList.toggle("mlpkit-reached", Boolean(goal.reached));
    line.children[1].textContent = goal.text || "";
    const words = (goal.reached ? " ✓ " : " ") + (goal.words || "");
    if (said.textContent !== words) said.textContent = words;
  }
  model.on("change:goal", show);
  show();
  return line;
}

// A button that opens and closes a panel.
function foldOf(words, panel) {
  const button = make("button", { type: "button", "aria-expanded": "false" }, words);
  panel.hidden = true;
  button.addEventListener("click", () => {
    panel.hidden = !panel.hidden;
    button.setAttribute("aria-expanded", String(!panel.hidden));
  });
  return button;
}

function shareOf(model) {
  const line = make("input", { type: "text", readonly: true, class: "mlpkit-line", "aria-label": "line of code" });
  const note = make("span", { role: "status" });
  const panel = make("div", { class: "mlpkit-share" }, line, note);
  panel.hidden = true;
  const button = make("button", { type: "button", "aria-expanded": "false" }, "Share");
  button.title = "A line of code that rebuilds what you see";
  button.addEventListener("click", () => model.send({ ask: "code line" }));
  model.on("msg:custom", (message) => {
    if (message["code line"] === undefined) return;
    line.value = message["code line"];
    panel.hidden = false;
    button.setAttribute("aria-expanded", "true");
    line.select();
    const copied = () => (note.textContent = "Copied: paste it into a cell.");
    navigator.clipboard?.writeText(line.value).then(copied, () => (note.textContent = "Copy this line."));
  });
  return { button, panel };
}

function fullScreenOf(root, picture) {
  const button = make("button", { type: "button", "aria-pressed": "false" }, "Full screen");
  button.hidden = !document.fullscreenEnabled;
  button.addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else root.requestFullscreen();
  });
  root.addEventListener("fullscreenchange", () => {
    const full = root.matches(":fullscreen");
    button.setAttribute("aria-pressed", String(full));
    button.textContent = full ? "Leave full screen" : "Full screen";
    picture.resize();
  });
  return button;
}

function render({ model, el }) {
  const about = model.get("about");
  const root = make("section", { class: "mlpkit-explorer", "aria-label": "explorer" });
  root.dataset.lmSuppressShortcuts = "true"; // keys pressed here are for the explorer, not for the notebook
  const announce = announcer(root);
  const picture = pictureOf(model, root, announce);

  let state = { ...model.get("values") };
  function apply(values) {
    state = { ...values };
    controls.show(state);
    model.set("values", { ...state });
    model.save_changes();
  }
  function report(name, position) {
    player?.stop();
    apply({ ...state, [name]: position });
  }
  const controls = controlsOf(model.get("controls"), report);
  const history = historyOf(model, apply);
  const step = model.get("controls")[about.play];
  const write = (position) => apply({ ...state, [about.play]: position });
  const player = step && playerOf(step, () => state[about.play], write, picture.shown, root);
  model.on("change:values", () => {
    state = { ...model.get("values") };
    controls.show(state);
  });
  controls.show(state);
  handsOf(model, picture.image, picture.frame, announce);

  const code = make("pre", { class: "mlpkit-code", tabindex: 0, "aria-label": "code" }, about.code);
  const codeButton = foldOf("Code", code);
  codeButton.hidden = !about.code;
  const share = shareOf(model);
  const undo = make("button", { type: "button", onclick: () => (player?.stop(), history.undo()) }, "Undo");
  const reset = make("button", { type: "button", onclick: () => (player?.stop(), history.reset()) }, "Reset");
  const tools = make("div", { class: "mlpkit-tools" }, ...(player ? player.buttons : []));
  tools.append(reset, undo, codeButton, share.button, fullScreenOf(root, picture));

  const error = make("pre", { class: "mlpkit-error", role: "alert" });
  const tell = () => {
    error.innerHTML = model.get("error");
    error.hidden = !model.get("error");
  };
  model.on("change:error", tell);
  tell();

  const tries = make("p", { class: "mlpkit-tries" }, make("strong", {}, "Try: "), about.tries);
  tries.hidden = !about.tries;
  const side = make("div", { class: "mlpkit-side" }, tries, goalOf(model), controls.panel, tools);
  const shown = make("div", { class: "mlpkit-shown" }, picture.frame, picture.caption);
  root.append(make("div", { class: "mlpkit-body" }, side, shown), error, code, share.panel);
  el.append(root);

  const stops = [followTheme(root), measure(model, root, picture.frame), sayWhenKernelIsGone(model, el, root)];
  stayInSight(root);
  return () => [...stops, picture.close, player?.close].forEach((stop) => stop?.());
}

export default { render };
