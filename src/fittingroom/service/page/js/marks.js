/** What is written over the photo: people's numbers, names of parts, the brush, the keyboard's pointer. */

import { classOf, personOf } from './parsed-photo.js';

/**
 * Where names and numbers go, in photo pixels; independent of zoom.
 *
 * @param {import('./parsed-photo.js').ParsedPhoto} photo
 * @returns {{key: number, x: number, y: number, radius: number}[]} people first, then parts from the largest on;
 *   the radius is how far the point lies inside its part.
 */
export function anchors(photo) {
  const shownParts = photo.people.flatMap((person) => person.parts.filter((part) => photo.isShown(part.key)));
  const shownIds = new Set(shownParts.map((part) => personOf(part.key)));
  const people = photo.people
    .filter((person) => shownIds.has(person.id) && photo.people.length > 1)
    .map((person) => ({ key: person.key, ...topOf(photo, person), radius: Infinity }));
  const parts = shownParts
    .sort((a, b) => b.areaPx - a.areaPx)
    .map((part) => ({ key: part.key, ...deepestPoint(photo, part) }));
  return [...people, ...parts];
}

/** The middle of a person's highest row of pixels: the middle of the box may lie over somebody else. */
function topOf(photo, { id, boxXyxy: [x0, y0, x1] }) {
  let sum = 0;
  let count = 0;
  for (let x = x0; x < x1; x++) {
    if (photo.personMap[y0 * photo.width + x] !== id) continue;
    sum += x;
    count++;
  }
  return { x: sum / count, y: y0 };
}

/** The point of a part that is farthest from its border, found on a coarse copy; of several the one in the middle. */
function deepestPoint(photo, { key, boxXyxy: [x0, y0, x1, y1] }) {
  const step = Math.max(1, Math.floor(Math.max(x1 - x0, y1 - y0) / 64));
  const columns = Math.ceil((x1 - x0) / step) + 2;
  const rows = Math.ceil((y1 - y0) / step) + 2;
  // Distances to the border by two sweeps (chamfer 1, sqrt 2); the frame of zeros counts as outside.
  const depth = new Float32Array(columns * rows);
  for (let y = 1; y < rows - 1; y++) {
    for (let x = 1; x < columns - 1; x++) {
      if (photo.keyAt(x0 + (x - 1) * step, y0 + (y - 1) * step) !== key) continue;
      const i = y * columns + x;
      const up = i - columns;
      depth[i] = Math.min(Math.min(depth[i - 1], depth[up]) + 1, Math.min(depth[up - 1], depth[up + 1]) + Math.SQRT2);
    }
  }
  let best = 0;
  let bestValue = -Infinity;
  for (let y = rows - 2; y > 0; y--) {
    for (let x = columns - 2; x > 0; x--) {
      const i = y * columns + x;
      if (depth[i] === 0) continue;
      const down = i + columns;
      const below = Math.min(
        Math.min(depth[i + 1], depth[down]) + 1,
        Math.min(depth[down - 1], depth[down + 1]) + Math.SQRT2,
      );
      depth[i] = Math.min(depth[i], below);
      const value = depth[i] - 0.03 * Math.hypot(x - columns / 2, y - rows / 2);
      if (value > bestValue) [best, bestValue] = [i, value];
    }
  }
  return {
    x: x0 + ((best % columns) - 1) * step + 0.5,
    y: y0 + (Math.floor(best / columns) - 1) * step + 0.5,
    radius: depth[best] * step,
  };
}

/**
 * Write names and numbers that find room, none over another.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {ReturnType<typeof anchors>} places
 * @param {import('./layer.js').Placement} placement
 * @param {(key: number) => string} nameOf
 * @param {{ratio: number, withParts: boolean, font: string}} style canvas pixels for each CSS pixel, whether parts are
 *   named too, and the font's family.
 */
export function writeNames(context, places, placement, nameOf, { ratio, withParts, font }) {
  const { width, height } = context.canvas;
  const taken = [];
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  for (const { key, x, y, radius } of places) {
    const isPerson = classOf(key) === 0;
    if (!isPerson && !withParts) continue;
    const text = isPerson ? String(personOf(key)) : nameOf(key);
    context.font = `${isPerson ? 700 : 600} ${12 * ratio}px ${font}`;
    const halfWidth = isPerson ? 11 * ratio : context.measureText(text).width / 2 + 3 * ratio;
    const halfHeight = (isPerson ? 11 : 9) * ratio;
    let cx = placement.x + x * placement.scale;
    let cy = placement.y + y * placement.scale;
    if (isPerson) {
      cx = Math.min(Math.max(cx, halfWidth), width - halfWidth);
      cy = Math.max(cy - 15 * ratio, halfHeight + 2 * ratio);
    } else if (radius * placement.scale < Math.max(halfHeight * 0.7, halfWidth * 0.45)) {
      continue;
    }
    const box = [cx - halfWidth, cy - halfHeight, cx + halfWidth, cy + halfHeight];
    const isOutside = box[0] < 0 || box[1] < 0 || box[2] > width || box[3] > height;
    if (isOutside || taken.some((other) => overlap(box, other))) continue;
    taken.push(box);
    if (isPerson) {
      badge(context, text, cx, cy, halfWidth, ratio);
    } else {
      context.lineWidth = 3.5 * ratio;
      context.strokeStyle = 'rgb(0 0 0 / .8)';
      context.strokeText(text, cx, cy);
      context.fillStyle = '#fff';
      context.fillText(text, cx, cy);
    }
  }
}

function overlap(a, b) {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

function badge(context, text, x, y, radius, ratio) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = '#17181c';
  context.fill();
  context.lineWidth = 1.5 * ratio;
  context.strokeStyle = '#fff';
  context.stroke();
  context.fillStyle = '#fff';
  context.fillText(text, x, y + 0.5 * ratio);
}

/** A ring, white within black, that shows what a dab of the brush would cover. */
export function drawBrush(context, x, y, radius, ratio) {
  for (const [colour, width] of [
    ['rgb(0 0 0 / .8)', 3.5],
    ['#fff', 1.5],
  ]) {
    context.beginPath();
    context.arc(x, y, Math.max(radius, 2 * ratio), 0, 2 * Math.PI);
    context.strokeStyle = colour;
    context.lineWidth = width * ratio;
    context.stroke();
  }
}

/** Cross hairs at the pointer that the arrow keys move. */
export function drawCross(context, x, y, ratio) {
  for (const [colour, width] of [
    ['rgb(0 0 0 / .85)', 4],
    ['#fff', 1.5],
  ]) {
    context.beginPath();
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ]) {
      context.moveTo(x + 4 * ratio * dx, y + 4 * ratio * dy);
      context.lineTo(x + 14 * ratio * dx, y + 14 * ratio * dy);
    }
    context.strokeStyle = colour;
    context.lineWidth = width * ratio;
    context.stroke();
  }
}

/** A ring about something that can be moved, and the knob that turns and sizes it. */
export function drawHandle(context, middle, radius, knob, ratio) {
  for (const [width, colour] of [
    [4, 'rgb(12 12 14 / .75)'],
    [1.8, '#fff'],
  ]) {
    context.lineWidth = width * ratio;
    context.strokeStyle = colour;
    context.setLineDash(colour === '#fff' ? [6 * ratio, 5 * ratio] : []);
    context.beginPath();
    context.arc(middle.x, middle.y, radius, 0, 2 * Math.PI);
    context.stroke();
  }
  context.setLineDash([]);
  context.beginPath();
  context.arc(knob.x, knob.y, 9 * ratio, 0, 2 * Math.PI);
  context.fillStyle = '#fff';
  context.strokeStyle = '#14544d';
  context.lineWidth = 3.5 * ratio;
  context.fill();
  context.stroke();
}
