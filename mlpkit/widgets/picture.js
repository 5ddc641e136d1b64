// Shows JPEG bytes with an alt text, which also stands below them, and reports where the reader presses or drags, as
// fractions of width and height.
function render({ model, el }) {
  const image = document.createElement("img");
  image.className = "mlpkit-picture";
  image.style.cssText = "max-width: 100%; height: auto; background: white; display: block;";
  image.draggable = false;
  const caption = document.createElement("div");
  caption.className = "mlpkit-caption";
  caption.setAttribute("aria-hidden", "true"); // the same words as the alt text
  el.append(image, caption);

  let url = null;
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
    };
    image.src = next;
  }
  function describe() {
    image.alt = model.get("alt");
  }
  function resize() {
    image.style.width = model.get("width") + "px";
  }
  function report(event) {
    const box = image.getBoundingClientRect();
    model.set("pointer", [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
    model.save_changes();
  }

  let pressed = false;
  image.addEventListener("pointerdown", (event) => {
    if (!model.get("draggable")) return;
    pressed = true;
    image.setPointerCapture(event.pointerId);
    report(event);
  });
  image.addEventListener("pointermove", (event) => pressed && report(event));
  image.addEventListener("pointerup", () => (pressed = false));
  image.addEventListener("pointercancel", () => (pressed = false));

  function cursor() {
    image.style.cursor = model.get("draggable") ? "crosshair" : "default";
    image.style.touchAction = model.get("draggable") ? "none" : "auto";
  }

  model.on("change:data", paint);
  model.on("change:alt", describe);
  model.on("change:width", resize);
  model.on("change:draggable", cursor);
  describe();
  resize();
  cursor();
  paint();
  model.set("pixel_ratio", window.devicePixelRatio || 1);
  model.save_changes();
  return () => url && URL.revokeObjectURL(url);
}

export default { render };
