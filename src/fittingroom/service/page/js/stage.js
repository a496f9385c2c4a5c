/** The photo with its parts: drawn, zoomed, pointed at, painted on. */

import { Layer, markColour, OUTSIDE, rgba } from './layer.js';
import { anchors, drawBrush, drawCross, drawHandle, writeNames } from './marks.js';
import { classOf, keyOf, personOf } from './parsed-photo.js';

const MOST_CANVAS_PIXELS = 3_200_000;
const LARGEST_ZOOM = 24;
/** A press that moves farther, in CSS pixels, is a drag. */
const DRAG_PX = 5;
/** Half the width of the compare slider's thumb in CSS pixels; page.css sets the same. */
const THUMB_PX = 22;
/** Of a handle, in CSS pixels: its ring at least, and how far from the knob's middle it can be grasped. */
const SMALLEST_RING_PX = 30;
const KNOB_REACH_PX = 16;

const placeOf = ({ x, y, radius, angleDeg }) => ({ x, y, radius, angleDeg });

/**
 * @typedef {object} View
 * @property {'colours' | 'outlines' | 'photo'} mode
 * @property {number} opacity 0 to 1
 * @property {boolean} patterns
 * @property {boolean} names
 * @property {boolean} compare
 * @property {number} split where the comparison divides, 0 to 1
 *
 * @typedef {object} Listener
 * @property {(key: number) => void} onHover another part, or 0, is under the pointer
 * @property {(key: number) => void} onPick a part, or 0, was clicked, tapped or chosen with Enter
 * @property {(key: number) => void} onSpeak the keyboard's pointer has reached another part
 * @property {(key: number) => void} onSample a part was clicked with Alt held: the brush takes it
 * @property {() => {name: string, key: number, mayPaint: (before: number) => boolean} | null} brush what a stroke does
 * @property {(key: number) => {classId: number, title: string, detail: string} | null} describe
 * @property {(key: number) => string} nameOf
 */

/**
 * Something on the photo that can be moved, turned and sized: a ring about its middle, with a knob. Lengths in photo
 * pixels.
 *
 * @typedef {object} Handle
 * @property {number} x @property {number} y
 * @property {number} radius
 * @property {number} angleDeg clockwise
 * @property {(dx: number, dy: number) => void} onMove from where the drag began
 * @property {(degrees: number, factor: number) => void} onTurn likewise
 * @property {() => void} onEnd
 * @property {(event: KeyboardEvent) => boolean} onKey whether the key was for what is held
 */

export class Stage {
  /** @type {import('./parsed-photo.js').ParsedPhoto | null} */
  #photo = null;
  /** @type {ImageBitmap | null} */
  #bitmap = null;
  #placement = { scale: 1, x: 0, y: 0 };
  #isFitted = true;
  #ratio = 1;
  #dirty = new Set();
  #pointers = new Map();
  #gesture = null;
  #pointerAt = null;
  #cross = null;
  #hovered = 0;
  #places = [];
  #isPanKeyDown = false;
  #font;
  /** @type {{bitmap: ImageBitmap, boxXyxy: number[]} | null} */
  #worn = null;
  /** @type {Handle | null} */
  #handle = null;
  #forget = new AbortController();

  /**
   * @param {HTMLElement} element holds the canvases `.photo`, `.layer`, `.marks`, the range `.compare` and `.tip`.
   * @param {View} view
   * @param {Listener} listener
   */
  constructor(element, view, listener) {
    this.element = element;
    this.view = view;
    this.listener = listener;
    this.photoCanvas = element.querySelector('.photo');
    this.layerCanvas = element.querySelector('.layer');
    this.marksCanvas = element.querySelector('.marks');
    this.surface = element.querySelector('.surface');
    this.tip = element.querySelector('.tip');
    this.compare = element.querySelector('.compare');
    this.layer = new Layer(this.layerCanvas);
    this.#font = getComputedStyle(element).fontFamily;
    this.tool = 'pick';
    /** In photo pixels. */
    this.brushRadius = 12;
    this.selection = 0;
    this.#listen();
    new ResizeObserver(() => this.#resize()).observe(element);
    this.#resize();
  }

  /** Show another photo; `bitmap` is null where the browser cannot read the file. */
  show(photo, bitmap) {
    this.#forget.abort();
    this.#forget = new AbortController();
    const { signal } = this.#forget;
    this.#photo = photo;
    if (bitmap !== this.#bitmap) this.#bitmap?.close();
    this.#bitmap = bitmap;
    this.#isFitted = true;
    this.#cross = null;
    this.#hovered = 0;
    this.#worn = null;
    this.#handle = null;
    this.selection = 0;
    this.#hideTip();
    photo?.addEventListener('change', () => this.#redraw('look'), { signal });
    photo?.addEventListener('visibility', () => this.#redraw('look', 'places'), { signal });
    photo?.addEventListener('measure', () => this.#redraw('look', 'places'), { signal });
    this.#fit();
    this.#redraw('photo', 'look', 'places');
  }

  setView(change) {
    Object.assign(this.view, change);
    this.compare.hidden = !this.view.compare;
    this.compare.value = String(Math.round(100 * this.view.split));
    this.#redraw('colour');
  }

  setTool(tool) {
    this.tool = tool;
    this.element.dataset.tool = tool;
    this.#hideTip();
    this.#redraw('colour');
  }

  /** Light up a part or a person as if the pointer were over it. */
  hover(key) {
    if (key === this.#hovered) return;
    this.#hovered = key;
    this.#redraw('colour');
  }

  select(key) {
    this.selection = key;
    this.#redraw('colour');
  }

  /** Lay a picture over a box of the photo; null takes it away. */
  wear(worn) {
    if (worn === this.#worn) return;
    this.#worn = worn;
    this.#redraw('photo', 'colour');
  }

  get isWorn() {
    return this.#worn !== null;
  }

  /** Put a handle on the photo, or take it away. */
  hold(handle) {
    // What is being dragged stays in the hand.
    if (this.#gesture?.handle && handle) this.#handle = { ...this.#gesture.handle, ...placeOf(handle) };
    else this.#handle = handle;
    if (!handle) this.surface.style.cursor = '';
    this.#redraw('marks');
  }

  zoomBy(factor) {
    this.#zoomAt(factor, this.marksCanvas.width / 2, this.marksCanvas.height / 2);
  }

  fit() {
    this.#fit();
    this.#redraw('photo', 'look');
  }

  get #isPainting() {
    return this.tool === 'brush' || this.tool === 'eraser';
  }

  /** What is lit up: what is pointed at, else what is chosen. Under a brush the colours must keep still. */
  get #lit() {
    return this.#isPainting ? 0 : this.#hovered || this.selection;
  }

  /** Draw again, after a change of language say. */
  refresh() {
    this.#redraw('marks');
  }

  // ---- Geometry ----------------------------------------------------------------------------------------------------

  #resize() {
    const { clientWidth, clientHeight } = this.element;
    if (clientWidth === 0 || clientHeight === 0) return;
    const area = clientWidth * clientHeight;
    this.#ratio = Math.min(window.devicePixelRatio || 1, Math.sqrt(MOST_CANVAS_PIXELS / area));
    for (const canvas of [this.photoCanvas, this.layerCanvas, this.marksCanvas]) {
      canvas.width = Math.round(clientWidth * this.#ratio);
      canvas.height = Math.round(clientHeight * this.#ratio);
    }
    if (this.#isFitted) this.#fit();
    this.#redraw('photo', 'look', 'now');
  }

  #fitScale() {
    const { width, height } = this.marksCanvas;
    const room = 2 * Math.min(28, 0.02 * this.element.clientWidth) * this.#ratio;
    return Math.min((width - room) / this.#photo.width, (height - room) / this.#photo.height);
  }

  #fit() {
    this.#isFitted = true;
    this.element.classList.remove('zoomed');
    if (!this.#photo) return;
    const { width, height } = this.marksCanvas;
    const scale = this.#fitScale();
    this.#placement = {
      scale,
      x: Math.round((width - this.#photo.width * scale) / 2),
      y: Math.round((height - this.#photo.height * scale) / 2),
    };
  }

  #zoomAt(factor, canvasX, canvasY) {
    if (!this.#photo) return;
    const smallest = this.#fitScale();
    const scale = Math.min(LARGEST_ZOOM * this.#ratio, Math.max(smallest, this.#placement.scale * factor));
    if (scale === smallest) {
      this.fit();
      return;
    }
    const grown = scale / this.#placement.scale;
    this.#isFitted = false;
    this.element.classList.add('zoomed');
    this.#place(
      scale,
      canvasX - (canvasX - this.#placement.x) * grown,
      canvasY - (canvasY - this.#placement.y) * grown,
    );
  }

  /** Move the photo; a part of it always stays in sight. */
  #place(scale, x, y) {
    const { width, height } = this.marksCanvas;
    const keep = 80 * this.#ratio;
    this.#placement = {
      scale,
      x: Math.round(Math.min(width - keep, Math.max(keep - this.#photo.width * scale, x))),
      y: Math.round(Math.min(height - keep, Math.max(keep - this.#photo.height * scale, y))),
    };
    this.#redraw('photo', 'look');
  }

  #toCanvas(event) {
    const box = this.surface.getBoundingClientRect();
    return { x: (event.clientX - box.left) * this.#ratio, y: (event.clientY - box.top) * this.#ratio };
  }

  #toPhoto({ x, y }) {
    return { x: (x - this.#placement.x) / this.#placement.scale, y: (y - this.#placement.y) / this.#placement.scale };
  }

  #onCanvas({ x, y }) {
    return { x: this.#placement.x + x * this.#placement.scale, y: this.#placement.y + y * this.#placement.scale };
  }

  #keyUnder(canvasPoint) {
    if (!this.#photo) return 0;
    const { x, y } = this.#toPhoto(canvasPoint);
    const key = this.#photo.keyAt(Math.floor(x), Math.floor(y));
    return key !== 0 && this.#photo.isShown(key) ? key : 0;
  }

  // ---- Drawing -----------------------------------------------------------------------------------------------------

  /** What to draw anew with the next frame: 'photo', 'places', 'look' (keys), 'colour', 'marks'; 'now' does it now. */
  #redraw(...what) {
    const isScheduled = this.#dirty.size > 0;
    for (const name of what) this.#dirty.add(name);
    // A resized canvas is empty: waiting for the next frame would flicker.
    if (this.#dirty.delete('now')) this.#draw();
    else if (!isScheduled) requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    const dirty = this.#dirty;
    this.#dirty = new Set();
    if (dirty.size === 0) return;
    // The comparison divides what is worn, too.
    if (dirty.has('photo') || (this.#worn && dirty.has('colour'))) this.#drawPhoto();
    if (!this.#photo) {
      for (const canvas of [this.layerCanvas, this.marksCanvas]) canvas.getContext('2d').clearRect(0, 0, 1e5, 1e5);
      return;
    }
    if (dirty.has('places')) this.#places = anchors(this.#photo);
    if (dirty.has('look')) this.layer.look(this.#photo, this.#placement, (key) => this.#photo.isShown(key));
    if (dirty.has('look') || dirty.has('colour')) {
      this.layer.colour(this.#paint());
      this.layerCanvas.style.clipPath = this.view.compare ? `inset(0 0 0 ${this.#splitPx}px)` : '';
    }
    this.#drawMarks();
  }

  #drawPhoto() {
    const context = this.photoCanvas.getContext('2d');
    context.clearRect(0, 0, this.photoCanvas.width, this.photoCanvas.height);
    if (!this.#photo) return;
    const { scale, x, y } = this.#placement;
    const [width, height] = [this.#photo.width * scale, this.#photo.height * scale];
    if (!this.#bitmap) {
      context.fillStyle = '#26272b';
      context.fillRect(x, y, width, height);
      return;
    }
    // Enlarged, its pixels are what a correction aims at.
    context.imageSmoothingEnabled = scale < 3;
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.#bitmap, x, y, width, height);
    if (!this.#worn) return;
    const [x0, y0, x1, y1] = this.#worn.boxXyxy;
    context.save();
    if (this.view.compare) {
      context.beginPath();
      context.rect(this.#splitPx * this.#ratio, 0, this.photoCanvas.width, this.photoCanvas.height);
      context.clip();
    }
    context.drawImage(this.#worn.bitmap, x + x0 * scale, y + y0 * scale, (x1 - x0) * scale, (y1 - y0) * scale);
    context.restore();
  }

  /** Where the comparison divides, in CSS pixels from the left. */
  get #splitPx() {
    return THUMB_PX + (this.element.clientWidth - 2 * THUMB_PX) * this.view.split;
  }

  /** @returns {import('./layer.js').Paint} */
  #paint() {
    const { labelSet, possibleKeys } = this.#photo;
    const { mode, opacity, patterns } = this.view;
    const paint = {
      fill: new Uint32Array(65536),
      mark: new Uint32Array(65536),
      edge: new Uint32Array(65536),
      pattern: new Uint8Array(65536),
      casing: 0,
      lit: 0,
      hasPersonLines: false,
      lineWidth: 2 * this.#ratio,
    };
    const lit = this.#lit;
    if (mode === 'photo' && (!lit || this.#worn)) return paint;
    paint.lit = lit;
    paint.hasPersonLines = mode !== 'photo';
    paint.casing = mode === 'outlines' ? rgba(12, 12, 14, 0.6) : 0;
    const isLit = (key) => key === lit || keyOf(personOf(key), 0) === lit;
    const shade = this.#photo.solo !== null ? 0.62 : lit && !this.view.compare ? (this.#hovered ? 0.24 : 0.35) : 0;
    paint.fill[0] = rgba(12, 12, 14, shade);
    paint.fill[OUTSIDE] = 0;
    for (const key of possibleKeys) {
      const classId = classOf(key);
      let alpha = mode === 'colours' ? opacity : 0;
      if (lit && isLit(key)) alpha = mode === 'colours' ? Math.min(1, alpha + 0.15) : 0.4;
      else if (lit) alpha *= personOf(key) === personOf(lit) ? 0.7 : 0.3;
      paint.fill[key] = rgba(...labelSet.coloursRgb[classId], alpha);
      paint.pattern[key] = patterns ? labelSet.patternOf(classId) : 0;
      paint.mark[key] = markColour(labelSet, classId, patterns && mode === 'outlines' ? 0.6 : Math.min(1, alpha + 0.2));
      if (mode !== 'photo')
        paint.edge[key] = rgba(...labelSet.coloursRgb[classId], lit && personOf(key) !== personOf(lit) ? 0.45 : 1);
    }
    return paint;
  }

  #drawMarks() {
    const context = this.marksCanvas.getContext('2d');
    const { width, height } = this.marksCanvas;
    const ratio = this.#ratio;
    context.clearRect(0, 0, width, height);
    context.save();
    if (this.view.compare) {
      const edge = this.#splitPx * ratio;
      context.beginPath();
      context.rect(edge, 0, width - edge, height);
      context.clip();
    }
    if (this.view.mode !== 'photo') {
      const lit = this.#lit;
      // Of the people that fade, the numbers are enough.
      const places = this.#places.filter(({ key }) => classOf(key) === 0 || !lit || personOf(key) === personOf(lit));
      writeNames(context, places, this.#placement, this.listener.nameOf, {
        ratio,
        withParts: this.view.names,
        font: this.#font,
      });
    }
    context.restore();
    const brush = this.#cross ? this.#onCanvas(this.#cross) : this.#pointerAt;
    if (this.#isPainting && brush)
      drawBrush(context, brush.x, brush.y, this.brushRadius * this.#placement.scale, ratio);
    if (this.#cross) drawCross(context, brush.x, brush.y, ratio);
    if (this.#handle) {
      const { middle, radius, knob } = this.#grips;
      drawHandle(context, middle, radius, knob, ratio);
    }
  }

  /** Where the handle is on the canvas. */
  get #grips() {
    const { angleDeg, radius: radiusPx } = this.#handle;
    const middle = this.#onCanvas(this.#handle);
    const radius = Math.max(SMALLEST_RING_PX * this.#ratio, radiusPx * this.#placement.scale);
    const angle = ((angleDeg - 45) * Math.PI) / 180;
    return { middle, radius, knob: { x: middle.x + radius * Math.cos(angle), y: middle.y + radius * Math.sin(angle) } };
  }

  /** What of the handle is under a point: 'knob', 'ring' (all within it) or null. */
  #gripUnder(at) {
    if (!this.#handle || this.#isPainting) return null;
    const { middle, radius, knob } = this.#grips;
    if (Math.hypot(at.x - knob.x, at.y - knob.y) <= KNOB_REACH_PX * this.#ratio) return 'knob';
    return Math.hypot(at.x - middle.x, at.y - middle.y) <= radius ? 'ring' : null;
  }

  #drag(gesture, at) {
    const { handle, grip, from, middle } = gesture;
    gesture.isDrag ||= Math.hypot(at.x - from.x, at.y - from.y) > DRAG_PX * this.#ratio;
    if (!gesture.isDrag) return;
    if (grip === 'ring') {
      const { scale } = this.#placement;
      handle.onMove((at.x - from.x) / scale, (at.y - from.y) / scale);
      return;
    }
    const arm = (point) => ({ x: point.x - middle.x, y: point.y - middle.y });
    const [a, b] = [arm(from), arm(at)];
    const degrees = ((Math.atan2(b.y, b.x) - Math.atan2(a.y, a.x)) * 180) / Math.PI;
    handle.onTurn(degrees, Math.hypot(b.x, b.y) / Math.max(1, Math.hypot(a.x, a.y)));
  }

  // ---- Pointing ----------------------------------------------------------------------------------------------------

  #listen() {
    const { surface } = this;
    surface.addEventListener('pointerdown', (event) => this.#press(event));
    surface.addEventListener('pointermove', (event) => this.#move(event));
    for (const type of ['pointerup', 'pointercancel']) {
      surface.addEventListener(type, (event) => this.#release(event, type === 'pointerup'));
    }
    surface.addEventListener('pointerleave', (event) => {
      if (event.pointerType === 'touch') return;
      this.#pointerAt = null;
      this.#point(0, null);
    });
    surface.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    surface.addEventListener('keydown', (event) => this.#key(event));
    surface.addEventListener('keyup', (event) => {
      if (event.key === ' ') this.#isPanKeyDown = false;
    });
    surface.addEventListener('blur', () => {
      this.#isPanKeyDown = false;
      if (!this.#cross) return;
      this.#cross = null;
      this.#point(0, null);
    });
    this.compare.addEventListener('input', () => this.setView({ split: Number(this.compare.value) / 100 }));
  }

  #press(event) {
    if (!this.#photo || (event.button !== 0 && event.button !== 1)) return;
    this.surface.setPointerCapture(event.pointerId);
    const at = this.#toCanvas(event);
    this.#pointers.set(event.pointerId, at);
    this.#cross = null;
    if (this.#pointers.size === 2) {
      // A second finger means to zoom: what the first one has painted by then was not meant.
      if (this.#gesture?.kind === 'stroke' && this.#photo.endStroke()) this.#photo.undo();
      this.#gesture = { kind: 'pinch' };
      return;
    }
    const mayUse = event.button === 0 && !this.#isPanKeyDown && !event.altKey;
    const brush = mayUse ? this.listener.brush() : null;
    const grip = mayUse && !brush ? this.#gripUnder(at) : null;
    if (grip) {
      const { middle } = this.#grips;
      this.#gesture = { kind: 'handle', handle: this.#handle, grip, middle, from: at, isDrag: false };
    } else if (brush) {
      this.#photo.beginStroke(brush.name, brush.key, brush.mayPaint);
      this.#gesture = { kind: 'stroke', last: this.#toPhoto(at) };
      this.#strokeTo(at);
    } else {
      this.#gesture = { kind: 'press', from: at, last: at, isDrag: false };
    }
  }

  #move(event) {
    if (!this.#photo) return;
    const at = this.#toCanvas(event);
    const before = this.#pointers.get(event.pointerId);
    if (before) this.#pointers.set(event.pointerId, at);
    const gesture = before ? this.#gesture : null;
    this.#pointerAt = at;
    if (gesture?.kind === 'pinch') {
      this.#pinch(event.pointerId, before, at);
    } else if (gesture?.kind === 'stroke') {
      for (const step of event.getCoalescedEvents?.() ?? [event]) this.#strokeTo(this.#toCanvas(step));
      this.#strokeTo(at);
    } else if (gesture?.kind === 'handle') {
      this.#drag(gesture, at);
    } else if (gesture?.kind === 'press') {
      gesture.isDrag ||= Math.hypot(at.x - gesture.from.x, at.y - gesture.from.y) > DRAG_PX * this.#ratio;
      if (gesture.isDrag && !this.#isFitted) {
        const { scale, x, y } = this.#placement;
        this.#place(scale, x + at.x - gesture.last.x, y + at.y - gesture.last.y);
      }
      gesture.last = at;
    } else {
      this.#cross = null;
      const grip = this.#gripUnder(at);
      this.surface.style.cursor = grip ? (grip === 'knob' ? 'grab' : 'move') : '';
      this.#point(grip ? 0 : this.#keyUnder(at), at);
    }
    if (this.#isPainting) this.#redraw('marks');
  }

  #release(event, isComplete) {
    const at = this.#pointers.get(event.pointerId);
    if (!this.#pointers.delete(event.pointerId)) return;
    const gesture = this.#gesture;
    if (gesture?.kind === 'stroke') this.#photo.endStroke();
    if (gesture?.kind === 'handle' && gesture.isDrag) {
      this.#gesture = null;
      gesture.handle.onEnd();
    } else if ((gesture?.kind === 'press' || gesture?.kind === 'handle') && !gesture.isDrag && isComplete) {
      const key = this.#keyUnder(at);
      if (event.altKey) this.listener.onSample(key);
      else this.listener.onPick(key);
      this.#point(key, at);
    }
    if (this.#pointers.size === 0) this.#gesture = null;
    if (event.pointerType === 'touch') this.#pointerAt = null;
    this.#redraw('marks');
  }

  #strokeTo(at) {
    const { last } = this.#gesture;
    const to = this.#toPhoto(at);
    this.#photo.strokeAlong(last.x, last.y, to.x, to.y, this.brushRadius);
    this.#gesture.last = to;
  }

  #pinch(pointerId, before, at) {
    const other = [...this.#pointers].find(([id]) => id !== pointerId)?.[1];
    if (!other) return;
    const distance = (a) => Math.max(1, Math.hypot(a.x - other.x, a.y - other.y));
    this.#zoomAt(distance(at) / distance(before), (at.x + other.x) / 2, (at.y + other.y) / 2);
    if (this.#isFitted) return;
    const { scale, x, y } = this.#placement;
    this.#place(scale, x + (at.x - before.x) / 2, y + (at.y - before.y) / 2);
  }

  #wheel(event) {
    const doesPageScroll = document.documentElement.scrollHeight > window.innerHeight + 1;
    if (!this.#photo || (doesPageScroll && !event.ctrlKey)) return;
    event.preventDefault();
    const { x, y } = this.#toCanvas(event);
    const lines = event.deltaMode === 1 ? 20 : 1;
    this.#zoomAt(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), x, y);
  }

  /** Arrow keys move cross hairs over the photo; Enter picks, the space bar paints a dab. */
  #key(event) {
    if (!this.#photo) return;
    if (this.#handle?.onKey(event)) {
      event.preventDefault();
      // These keys mean something else to the page.
      event.stopImmediatePropagation();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (direction) {
      const step = event.shiftKey ? 1 : Math.max(1, (10 * this.#ratio) / this.#placement.scale);
      this.#moveCross(direction[0] * step, direction[1] * step);
    } else if (event.key === 'Enter' && this.#cross) {
      this.listener.onPick(this.#keyUnder(this.#onCanvas(this.#cross)));
    } else if (event.key === ' ') {
      const brush = this.#cross && this.listener.brush();
      if (brush) {
        this.#photo.beginStroke(brush.name, brush.key, brush.mayPaint);
        this.#photo.strokeAlong(this.#cross.x, this.#cross.y, this.#cross.x, this.#cross.y, this.brushRadius);
        this.#photo.endStroke();
      } else if (this.#cross) {
        this.listener.onPick(this.#keyUnder(this.#onCanvas(this.#cross)));
      } else {
        this.#isPanKeyDown = true;
      }
    } else {
      return;
    }
    event.preventDefault();
  }

  #moveCross(dx, dy) {
    const { width, height } = this.#photo;
    const start = this.#cross ?? { x: width / 2 - dx, y: height / 2 - dy };
    const within = (value, size) => Math.min(size - 0.5, Math.max(0.5, value));
    this.#cross = { x: within(start.x + dx, width), y: within(start.y + dy, height) };
    const at = this.#onCanvas(this.#cross);
    const { scale, x, y } = this.#placement;
    const margin = 30 * this.#ratio;
    const { width: canvasWidth, height: canvasHeight } = this.marksCanvas;
    if (at.x < margin || at.y < margin || at.x > canvasWidth - margin || at.y > canvasHeight - margin) {
      if (!this.#isFitted) this.#place(scale, x + canvasWidth / 2 - at.x, y + canvasHeight / 2 - at.y);
    }
    const moved = this.#onCanvas(this.#cross);
    const key = this.#keyUnder(moved);
    if (key !== this.#hovered) this.listener.onSpeak(key);
    this.#point(key, moved);
    this.#redraw('marks');
  }

  /** A part, or nothing, is pointed at. */
  #point(key, at) {
    if (key !== this.#hovered) {
      this.hover(key);
      this.listener.onHover(key);
    }
    const text = key !== 0 && at && !this.#isPainting ? this.listener.describe(key) : null;
    if (!text) {
      this.#hideTip();
      return;
    }
    const [title, detail] = this.tip.querySelectorAll('b, span');
    title.textContent = text.title;
    detail.textContent = text.detail;
    this.tip.style.setProperty('--swatch', this.#photo.labelSet.cssColour(classOf(key)));
    this.tip.hidden = false;
    const [x, y] = [at.x / this.#ratio, at.y / this.#ratio];
    const { offsetWidth, offsetHeight } = this.tip;
    const left = x + 18 + offsetWidth > this.element.clientWidth ? x - offsetWidth - 14 : x + 18;
    const top = y + 18 + offsetHeight > this.element.clientHeight ? y - offsetHeight - 10 : y + 18;
    this.tip.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
  }

  #hideTip() {
    this.tip.hidden = true;
  }
}
