/** The files that one photo gives, with its corrections: some made here, the others by the service. */

import { render } from './api.js';
import { stemOf } from './dom.js';
import { indexPalette } from './label-set.js';
import { classOf, personOf } from './parsed-photo.js';
import { encodePng } from './png.js';
import { zip } from './zip.js';

/** Formats in the order in which they are offered, and what follows the photo's name. */
export const FORMATS = {
  mosaic: '-mosaic.jpg',
  overlay: '-overlay.jpg',
  labels: '-labels.png',
  instances: '-persons.png',
  json: '.json',
  cutouts: '-cutouts.zip',
  'training-data': '-training-data.zip',
};

/** @returns {Promise<[string, Blob]>} name and content of one format. */
export async function fileOf(item, format) {
  const { classMap, personMap } = item.photo.exportMaps();
  const { width, height } = item.photo;
  const name = stemOf(item.name) + FORMATS[format];
  if (format === 'labels') return [name, await encodePng(classMap, width, height, indexPalette())];
  if (format === 'instances') return [name, await encodePng(Uint16Array.from(personMap), width, height)];
  // The service's own document also says how sure the model was; of corrected maps nobody can.
  if (format === 'json' && !item.photo.isCorrected) {
    return [name, new Blob([JSON.stringify(item.document, null, 2)], { type: 'application/json' })];
  }
  if (format === 'cutouts' && (await canRead(item.file))) return [name, await zip(await cutOuts(item))];
  const [labels, persons] = await Promise.all([classMap, personMap].map((map) => encodePng(map, width, height)));
  return [name, await render(format, { file: item.file, labels, persons })];
}

/** Everything about some photos as one ZIP; with several, a folder for each. */
export async function everythingOf(items) {
  const files = [];
  const folders = new Set();
  for (const item of items) {
    const stem = stemOf(item.name);
    let folder = items.length > 1 ? stem : '';
    // Two photos may share a name.
    for (let n = 2; folders.has(folder); n++) folder = `${stem}-${n}`;
    folders.add(folder);
    const prefix = folder ? `${folder}/` : '';
    for (const format of Object.keys(FORMATS)) {
      if (format === 'cutouts' && (await canRead(item.file))) {
        files.push(...(await cutOuts(item)).map(([name, blob]) => [`${prefix}cutouts/${name}`, blob]));
      } else {
        const [name, blob] = await fileOf(item, format);
        files.push([prefix + name, blob]);
      }
    }
  }
  return zip(files);
}

/** Whether this browser decodes the file; the service reads more formats. */
async function canRead(file) {
  try {
    (await createImageBitmap(file)).close();
    return true;
  } catch {
    return false;
  }
}

/** Every person and every part as a transparent PNG: "person-1.png", "person-1-left-shoe.png". */
async function cutOuts(item) {
  const bitmap = await createImageBitmap(item.file);
  const files = [];
  for (const [i, person] of item.photo.people.entries()) {
    for (const piece of [person, ...person.parts]) {
      files.push([cutOutName(item.photo, i + 1, piece.key), await cutOut(item.photo, bitmap, piece)]);
    }
  }
  bitmap.close();
  return files;
}

/** One person or part, by its key. @returns {Promise<[string, Blob]>} */
export async function cutOutOf(item, key) {
  const number = item.photo.people.findIndex((person) => person.id === personOf(key)) + 1;
  const piece = item.photo.part(key) ?? item.photo.person(personOf(key));
  const bitmap = await createImageBitmap(item.file);
  const blob = await cutOut(item.photo, bitmap, piece);
  bitmap.close();
  return [`${stemOf(item.name)}-${cutOutName(item.photo, number, key)}`, blob];
}

function cutOutName(photo, number, key) {
  return classOf(key) ? `person-${number}-${photo.labelSet.classes[classOf(key)]}.png` : `person-${number}.png`;
}

/** The piece's box; what is not the piece is transparent black, so that nothing of the surround is in the file. */
async function cutOut(photo, bitmap, { key, boxXyxy: [x0, y0, x1, y1] }) {
  const canvas = new OffscreenCanvas(x1 - x0, y1 - y0);
  const context = canvas.getContext('2d');
  context.drawImage(bitmap, -x0, -y0, photo.width, photo.height);
  const image = context.getImageData(0, 0, canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let y = y0, i = 0; y < y1; y++) {
    for (let x = x0; x < x1; x++, i++) {
      const at = y * photo.width + x;
      const isPiece =
        photo.personMap[at] === personOf(key) && (classOf(key) === 0 || photo.classMap[at] === classOf(key));
      if (!isPiece) pixels[i] = 0;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}
