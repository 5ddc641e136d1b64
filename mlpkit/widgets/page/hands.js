// What can be taken in a picture: finds the thing under the pointer, moves it, and gives the keyboard the same power.

const REACH = { mouse: 12, pen: 16, touch: 26 }; // pixels within which a thing can be taken

function toSegment(x, y, [ax, ay], [bx, by]) {
  const [ux, uy] = [bx - ax, by - ay];
  const along = Math.max(0, Math.min(1, ((x - ax) * ux + (y - ay) * uy) / (ux * ux + uy * uy || 1)));
  return Math.hypot(x - ax - along * ux, y - ay - along * uy);
}

function distance(grip, part, x, y, width, height) {
  const places = grip.places.map(([px, py]) => (px === null ? null : [px * width, py * height]));
  if (grip.kind === "line") return places.includes(null) ? Infinity : toSegment(x, y, ...places);
  return places[part] ? Math.hypot(x - places[part][0], y - places[part][1]) : Infinity;
}

function inside(grip, across, down) {
  const [[left, bottom], [right, top]] = grip.panel;
  return across >= left && across <= right && down >= top && down <= bottom;
}

// The thing at a place of the picture: a point before a line before an area; null where there is nothing.
function thingAt(grips, across, down, width, height, reach) {
  let best = null;
  const [x, y] = [across * width, down * height];
  for (const kind of ["point", "line"]) {
    grips.forEach((grip, index) => {
      if (grip.kind !== kind || !inside(grip, across, down)) return;
      const parts = kind === "line" ? 1 : grip.places.length;
      for (let part = 0; part < parts; part++) {
        const far = distance(grip, part, x, y, width, height);
        if (far <= reach && (!best || far < best.far)) best = { grip: index, part, far };
      }
    });
    if (best) return best;
  }
  const area = grips.findIndex((grip) => grip.kind === "area" && inside(grip, across, down));
  return area < 0 ? null : { grip: area, part: 0 };
}

function handsOf(model, image, frame, note) {
  let held = null, chosen = null, count = 0;
  const grips = () => model.get("grips");

  function fractions(event) {
    const box = image.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height, box.width, box.height];
  }
  function tell(thing, x, y, deed = "move") {
    model.set("pointer", { grip: thing.grip, part: thing.part, x, y, deed, count: ++count });
    model.save_changes();
  }
  function under(event) {
    const [x, y, width, height] = fractions(event);
    return thingAt(grips(), x, y, width, height, REACH[event.pointerType] || REACH.mouse);
  }

  image.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    held = under(event);
    if (!held) return;
    event.preventDefault();
    chosen = { grip: held.grip, part: held.part };
    image.setPointerCapture(event.pointerId);
    const [x, y] = fractions(event);
    tell(held, x, y, grips()[held.grip].kind === "area" ? "move" : "take");
  });
  image.addEventListener("pointermove", (event) => {
    if (held) return tell(held, ...fractions(event).slice(0, 2));
    const thing = under(event);
    image.style.cursor = !thing ? "default" : grips()[thing.grip].kind === "area" ? "crosshair" : "grab";
  });
  const drop = () => (held = null);
  image.addEventListener("pointerup", drop);
  image.addEventListener("pointercancel", drop);
  // A finger scrolls the page, unless it rests on something that can be taken.
  image.addEventListener("touchstart", (event) => held && event.preventDefault(), { passive: false });

  // By keyboard: the things one after the other with Page Up and Page Down, moved by the arrows.
  const things = () =>
    grips().flatMap((grip, index) =>
      grip.kind === "point" ? grip.places.map((place, part) => ({ grip: index, part })) : []
    );
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  function place({ grip, part }) {
    return grips()[grip].places[part];
  }
  function mark() {
    const at = chosen && grips()[chosen.grip]?.kind === "point" && place(chosen);
    frame.style.setProperty("--across", at ? at[0] : -1);
    frame.style.setProperty("--down", at ? at[1] : -1);
  }
  frame.addEventListener("keydown", (event) => {
    const all = things();
    if (!all.length || event.target !== frame) return;
    let now = all.findIndex((thing) => thing.grip === chosen?.grip && thing.part === chosen?.part);
    if (now < 0) now = 0;
    const step = event.shiftKey ? 0.05 : 0.01;
    const { can_add, can_remove, name } = grips()[all[now].grip];
    if (event.key === "PageDown" || event.key === "PageUp") {
      chosen = all[(now + (event.key === "PageDown" ? 1 : -1) + all.length) % all.length];
      note(`${grips()[chosen.grip].name} ${chosen.part + 1} of ${grips()[chosen.grip].places.length} chosen`);
    } else if (arrows[event.key]) {
      chosen = all[now];
      const [x, y] = place(chosen);
      tell(chosen, x + step * arrows[event.key][0], y + step * arrows[event.key][1]);
    } else if (event.key === "Insert" && can_add) {
      const [x, y] = place(all[now]);
      tell(all[now], x + 0.02, y + 0.02, "add");
    } else if (event.key === "Delete" && can_remove) {
      tell(all[now], ...place(all[now]), "remove");
      note(`${name} removed`);
    } else return;
    event.preventDefault();
    mark();
  });
  image.addEventListener("dblclick", (event) => {
    const [x, y] = fractions(event);
    const thing = under(event);
    const found = thing && grips()[thing.grip];
    if (found?.kind === "point") return found.can_remove && tell(thing, x, y, "remove");
    const index = grips().findIndex((grip) => grip.can_add && inside(grip, x, y));
    if (index >= 0) tell({ grip: index, part: 0 }, x, y, "add");
  });

  function prepare() {
    const some = grips();
    const points = some.filter((grip) => grip.kind === "point");
    if (points.length) {
      frame.tabIndex = 0;
      frame.setAttribute("role", "group");
      const keys = "Page Down and Page Up choose, arrow keys move";
      const more = points.some((grip) => grip.can_add) ? ", Insert adds, Delete removes" : "";
      frame.setAttribute("aria-label", `picture with ${points.map((grip) => grip.name).join(", ")}: ${keys}${more}`);
    }
    image.style.touchAction = some.length ? "pan-y pinch-zoom" : "auto";
    mark();
  }
  model.on("change:grips", prepare);
  prepare();
}
