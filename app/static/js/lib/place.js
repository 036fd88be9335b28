// Where someone walks, asked for only while they want it.

const ENOUGH_METRES = 3;
const RADIUS = 6_371_000;

function metres([, lat1, lon1], [, lat2, lon2]) {
  const rad = Math.PI / 180;
  const x = (lon2 - lon1) * rad * Math.cos(((lat1 + lat2) / 2) * rad);
  return Math.hypot(x, (lat2 - lat1) * rad) * RADIUS;
}

/** The points of a walk: [seconds, latitude, longitude], six decimals. `clock()` gives the seconds, or null to skip. */
export class Route {
  constructor({ clock, changed, refused }) {
    Object.assign(this, { clock, changed, refused, points: [], watching: null });
  }

  start() {
    if (!navigator.geolocation || this.watching !== null) return;
    this.watching = navigator.geolocation.watchPosition(
      ({ coords }) => this.#add(coords),
      (error) => {
        if (error.code !== error.PERMISSION_DENIED) return;
        this.stop();
        this.refused();
      },
      { enableHighAccuracy: true, maximumAge: 5000 },
    );
  }

  stop() {
    if (this.watching !== null) navigator.geolocation.clearWatch(this.watching);
    this.watching = null;
  }

  #add({ latitude, longitude, accuracy }) {
    const at = this.clock();
    if (at === null || accuracy > 100) return;
    const point = [Math.round(at * 10) / 10, Number(latitude.toFixed(6)), Number(longitude.toFixed(6))];
    const last = this.points.at(-1);
    if (last && metres(last, point) < ENOUGH_METRES) return;
    this.points.push(point);
    this.changed(this.points);
  }
}

/** Points as [x, y] from 0 to 1, north up, kept in proportion. */
export function sketch(points) {
  const squeeze = Math.cos((points[0][1] * Math.PI) / 180);
  const flat = points.map(([, lat, lon]) => [lon * squeeze, -lat]);
  const low = [0, 1].map((axis) => Math.min(...flat.map((point) => point[axis])));
  const high = [0, 1].map((axis) => Math.max(...flat.map((point) => point[axis])));
  const span = Math.max(high[0] - low[0], high[1] - low[1]) || 1;
  const pad = [0, 1].map((axis) => (1 - (high[axis] - low[axis]) / span) / 2);
  return flat.map((point) => [0, 1].map((axis) => (point[axis] - low[axis]) / span + pad[axis]));
}
