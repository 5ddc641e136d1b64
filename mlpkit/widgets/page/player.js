// Play, pause, one step on or back, and speed, for the control that is a step or a time.

const SPEEDS = [0.5, 1, 2, 4];

// Milliseconds for one step at speed 1: few steps are read one by one, many are a film.
function pause(steps) {
  return steps <= 12 ? 1200 : Math.max(50, 8000 / steps);
}

function playerOf(spec, read, write, shown, root) {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const steps = Math.round((spec.max - spec.min) / spec.step);
  let playing = false;

  const play = make("button", { type: "button", class: "mlpkit-play", "aria-pressed": "false" }, "▶ Play");
  const back = make("button", { type: "button", "aria-label": `${spec.label}: one step back` }, "◀ Back");
  const on = make("button", { type: "button", "aria-label": `${spec.label}: one step on` }, "Step ▶");
  const speed = make("select", { "aria-label": "speed" });
  for (const times of SPEEDS) speed.append(make("option", { value: times, selected: times === 1 }, `speed × ${times}`));
  if (still) {
    play.disabled = true;
    play.title = "Your system asks for little motion: go step by step.";
  }

  function say() {
    play.textContent = playing ? "❚❚ Pause" : "▶ Play";
    play.setAttribute("aria-pressed", String(playing));
  }
  function stop() {
    playing = false;
    say();
  }
  function move(by) {
    const to = Math.min(spec.max, Math.max(spec.min, read() + by * spec.step));
    write(Number(to.toFixed(10)));
    return to < spec.max;
  }
  async function run() {
    while (playing && root.isConnected) {
      const begun = performance.now();
      const more = move(1);
      await shown(); // the next frame only after this one can be seen
      if (!more) break;
      const rest = pause(steps) / Number(speed.value) - (performance.now() - begun);
      await new Promise((done) => (rest > 4 ? setTimeout(done, rest) : requestAnimationFrame(done)));
    }
    stop();
  }
  play.addEventListener("click", () => {
    if (playing) return stop();
    if (read() >= spec.max) write(spec.min);
    playing = true;
    say();
    run();
  });
  for (const [button, by] of [[back, -1], [on, 1]]) {
    button.addEventListener("click", () => {
      stop();
      move(by);
    });
  }
  const sight = new IntersectionObserver(([entry]) => !entry.isIntersecting && stop());
  sight.observe(root);
  return { buttons: [play, back, on, speed], stop, close: () => sight.disconnect() };
}
