// The sound as it comes in, drawn as bars that walk along.

const EVERY = 100;
const BARS = 64;

/** Draws into `place` while `on()` is true. Returns a function that stops it and lets the sound go. */
export function drawLoudness(stream, place, on) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Uint8Array(analyser.fftSize);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const canvas = document.createElement("canvas");
  canvas.width = BARS * 10;
  canvas.height = 96;
  canvas.setAttribute("aria-hidden", "true");
  place.replaceChildren(canvas);
  const pen = canvas.getContext("2d");
  const heard = [];

  const timer = setInterval(
    () => {
      if (!on()) return;
      analyser.getByteTimeDomainData(samples);
      let loudest = 0;
      for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample - 128));
      heard.push(Math.max(0.06, Math.min(1, Math.sqrt(loudest / 128))));
      if (heard.length > BARS) heard.shift();
      pen.clearRect(0, 0, canvas.width, canvas.height);
      pen.strokeStyle = getComputedStyle(canvas).color;
      pen.lineWidth = 5;
      pen.lineCap = "round";
      pen.beginPath();
      heard.forEach((value, index) => {
        const half = value * (canvas.height / 2 - 4);
        pen.moveTo(index * 10 + 5, canvas.height / 2 - half);
        pen.lineTo(index * 10 + 5, canvas.height / 2 + half);
      });
      pen.stroke();
    },
    calm ? 1000 : EVERY,
  );

  return () => {
    clearInterval(timer);
    context.close();
  };
}
