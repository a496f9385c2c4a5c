/** The page: puts its parts together and says which photo is shown. */

import { apiKey, ServiceError } from './api.js';
import { Camera } from './camera.js';
import { CorrectPanel, TOOLS } from './correct-panel.js';
import { el, icon, saveFile } from './dom.js';
import { DownloadPanel } from './download-panel.js';
import { cutOutOf } from './downloads.js';
import { Filmstrip, statusOf } from './filmstrip.js';
import { PANELS } from './panels.js';
import { classOf, personOf } from './parsed-photo.js';
import { encodePng } from './png.js';
import { PeopleList } from './people-list.js';
import { PhotoQueue } from './queue.js';
import { Stage } from './stage.js';
import { currentLanguage, explain, setLanguage, t } from './words.js';

const byId = (id) => document.getElementById(id);
const THEMES = ['auto', 'light', 'dark'];
const MODES = ['colours', 'outlines', 'photo'];
const TOAST_MS = 3500;

const queue = new PhotoQueue();
/** @type {import('./queue.js').Item | null} */
let current = null;
let selection = 0;
let tab = 'people';
/** Status and picture that the viewer shows now, so that progress does not draw it anew. */
let shown = { item: null, status: '' };
/** Whether the browser can show the current file. */
let isReadable = true;

// ---- The parts -----------------------------------------------------------------------------------------------------

const stage = new Stage(byId('stage'), readView(), {
  onHover: () => {},
  onPick: select,
  onSpeak: (key) => speak(key ? spoken(key) : t('speak-background')),
  onSample: (key) => correctPanel.sample(key),
  brush: () => (tab === 'correct' ? correctPanel.stroke() : null),
  describe,
  nameOf: (key) => current.photo.labelSet.nameOf(classOf(key), currentLanguage()),
});

const peopleList = new PeopleList(byId('panel-people'), {
  onHover: (key) => stage.hover(key),
  onPick: (key) => select(key === selection ? 0 : key),
  onCutOut: saveCutOut,
});

const correctPanel = new CorrectPanel(byId('panel-correct'), {
  onTool: (tool) => stage.setTool(tool),
  onBrushSize: (radius) => {
    stage.brushRadius = radius;
    stage.refresh();
  },
  onSelect: select,
  onSay: say,
});

const downloadPanel = new DownloadPanel(byId('panel-download'), queue, { onSay: say, onError: fail });
const filmstrip = new Filmstrip(byId('filmstrip'), queue, open);
const camera = new Camera(byId('camera-dialog'), (file) => addFiles([file]));
const panels = PANELS.map(mountPanel);

// ---- Photos --------------------------------------------------------------------------------------------------------

function addFiles(files) {
  const photos = files.filter((file) => file.type.startsWith('image/') || /\.(heic|heif|avif)$/i.test(file.name));
  if (photos.length < files.length) say(t('not-photos', files.length - photos.length), 'alert');
  if (photos.length === 0) return;
  const [first] = queue.add(photos);
  if (!current || current.status !== 'done' || photos.length === 1) open(first);
}

async function addSample(name) {
  try {
    const answer = await fetch(`static/samples/${name}.webp`);
    addFiles([new File([await answer.blob()], `${name}.webp`, { type: 'image/webp' })]);
  } catch {
    fail(new ServiceError('unreachable'));
  }
}

function open(item) {
  current = item;
  showCurrent();
  filmstrip.render(current);
}

queue.addEventListener('change', ({ detail: item }) => {
  if (current && !queue.items.includes(current)) current = queue.items.at(0) ?? null;
  if (item === null || item === current) showCurrent();
  filmstrip.render(current);
  renderProgress();
  downloadPanel.render();
  // A button that has removed itself took the focus along.
  if (item === null && document.activeElement === document.body) byId('content').focus({ preventScroll: true });
  if (item?.status === 'failed' && item.error.kind === 'key-needed') askForKey();
});

function renderProgress() {
  const done = queue.items.filter((item) => !queue.isActive(item)).length;
  const failed = queue.items.filter((item) => item.status === 'failed');
  byId('queue-progress').replaceChildren(
    ...(queue.items.length > 1 && done < queue.items.length
      ? [el('span', { text: t('queue-progress', done, queue.items.length) })]
      : []),
    ...(failed.length > 1
      ? [
          el('button', {
            type: 'button',
            class: 'quiet-button',
            text: t('retry-failed'),
            on: { click: () => failed.forEach((item) => queue.retry(item)) },
          }),
        ]
      : []),
  );
}

/** Show the current photo as far as it is: its progress, its result, or why there is none. */
function showCurrent() {
  const screen = current ? 'work' : 'start';
  const isNewScreen = document.body.dataset.screen !== screen;
  document.body.dataset.screen = screen;
  byId('start').hidden = screen !== 'start';
  byId('work').hidden = screen !== 'work';
  // The button that was pressed is gone with its screen.
  if (isNewScreen) byId('content').focus({ preventScroll: true });
  if (!current) {
    shown = { item: null, status: '' };
    show(null, null);
    return;
  }
  renderHead();
  if (shown.item === current && shown.status === current.status) {
    const bar = byId('stage-cover').querySelector('progress');
    if (bar && current.status === 'sending') bar.value = current.sent;
    return;
  }
  const isNews = shown.item === current;
  shown = { item: current, status: current.status };
  if (current.status === 'done') {
    showResult(current, isNews);
    return;
  }
  show(null, null);
  showCover(current);
  bitmapOf(current);
  if (isNews && current.status === 'failed') speak(explain(current.error).title);
}

async function showResult(item, isNews) {
  const bitmap = await bitmapOf(item);
  // Meanwhile another photo may have been opened.
  if (item !== current) return;
  byId('stage-cover').hidden = true;
  isReadable = bitmap !== null;
  show(item, bitmap);
  renderHead();
  if (isNews) speak(`${item.name}: ${t('list-summary', item.photo.people.length, partCount(item.photo))}`);
}

/** Above and upon the stage: the photo's name and size, and what is unusual about it. */
function renderHead() {
  const photo = current?.photo;
  byId('photo-name').textContent = current?.name ?? '';
  byId('photo-size').textContent = photo ? `${photo.width} × ${photo.height}` : '';
  const note = byId('stage-note');
  note.hidden = !photo || (isReadable && photo.people.length > 0);
  note.textContent = isReadable ? t('no-people-title') : t('no-preview');
}

function show(item, bitmap) {
  const photo = item?.photo ?? null;
  for (const element of [byId('side'), byId('view-bar')]) element.inert = photo === null;
  document.querySelector('.zoom').inert = photo === null;
  byId('surface').setAttribute('aria-label', photo ? t('stage-name', photo.people.length) : t('photo'));
  selection = 0;
  listenTo(photo);
  stage.show(photo, bitmap);
  peopleList.show(photo);
  correctPanel.show(photo);
  downloadPanel.show(item);
  updatePanels();
}

let listening = new AbortController();

function listenTo(photo) {
  listening.abort();
  listening = new AbortController();
  const options = { signal: listening.signal };
  photo?.addEventListener('visibility', () => peopleList.render(), options);
  photo?.addEventListener(
    'measure',
    () => {
      if (!photo.part(selection) && !(classOf(selection) === 0 && photo.person(personOf(selection)))) selection = 0;
      stage.select(selection);
      renderHead();
      peopleList.select(selection);
      correctPanel.render(selection);
      downloadPanel.render();
      filmstrip.render(current);
      updatePanels();
    },
    options,
  );
}

let decoding = { item: null, bitmap: null };

/** The picture to draw, or null where the browser cannot read the file. Decoding begins while the service works. */
function bitmapOf(item) {
  if (decoding.item !== item) decoding = { item, bitmap: createImageBitmap(item.file).catch(() => null) };
  return decoding.bitmap;
}

/** Progress, or what went wrong, over the dimmed photo. */
function showCover(item) {
  const cover = byId('stage-cover');
  const picture = el('img', { src: item.url, alt: '', on: { error: () => picture.remove() } });
  cover.hidden = false;
  if (queue.isActive(item)) {
    const text =
      { sending: t('sending-photo'), parsing: t('finding-people'), busy: t('busy') }[item.status] ?? statusOf(item);
    const bar = el('progress', { 'aria-label': text, max: 1, value: item.status === 'sending' ? item.sent : null });
    cover.replaceChildren(
      picture,
      el(
        'div',
        { class: 'cover-card' },
        el('p', { text }),
        bar,
        coverButton('close', t('cancel'), () => queue.cancel(item)),
      ),
    );
    return;
  }
  const problem =
    item.status === 'failed'
      ? explain(item.error)
      : { title: t('cancelled-title'), hint: t('cancelled-text'), detail: '' };
  cover.replaceChildren(
    picture,
    el(
      'div',
      { class: 'cover-card', role: item.status === 'failed' ? 'alert' : null },
      item.status === 'failed' && el('span', { class: 'cover-icon' }, icon('alert')),
      el('h2', { text: problem.title }),
      el('p', { text: problem.hint }),
      problem.detail && el('p', { class: 'fine detail', text: problem.detail }),
      el(
        'div',
        { class: 'card-actions' },
        item.error?.kind === 'key-needed' && coverButton('key', t('key-save'), askForKey, 'button primary'),
        coverButton(
          'retry',
          t('retry'),
          () => queue.retry(item),
          item.error?.kind === 'key-needed' ? 'button' : 'button primary',
        ),
        coverButton('trash', t('remove'), () => queue.remove(item)),
      ),
    ),
  );
}

function coverButton(iconName, text, onClick, className = 'button') {
  return el(
    'button',
    { type: 'button', class: className, on: { click: onClick } },
    icon(iconName),
    el('span', { text }),
  );
}

// ---- Choosing ------------------------------------------------------------------------------------------------------

function select(key) {
  selection = key;
  stage.select(key);
  peopleList.select(key);
  correctPanel.render(key);
  if (key) speak(spoken(key));
  updatePanels();
}

function describe(key) {
  const person = current.photo.person(personOf(key));
  const part = current.photo.part(key);
  if (!person || !part) return null;
  const title = current.photo.labelSet.nameOf(part.classId, currentLanguage());
  return { classId: part.classId, title, detail: t('tip-detail', person.id, part.score, person.score) };
}

function spoken(key) {
  const part = current.photo.part(key);
  if (!part) return t('person', personOf(key));
  return t('speak-part', current.photo.labelSet.nameOf(part.classId, currentLanguage()), personOf(key), part.score);
}

function partCount(photo) {
  return photo.people.reduce((sum, person) => sum + person.parts.length, 0);
}

async function saveCutOut(key) {
  try {
    const [name, blob] = await cutOutOf(current, key);
    saveFile(blob, name);
    say(t('saved', name));
  } catch (error) {
    fail(error);
  }
}

// ---- Panels beside -------------------------------------------------------------------------------------------------

function mountPanel(panel) {
  const heading = el('h2', { id: `beside-${panel.id}` });
  const place = el('div', { class: 'beside-body' });
  byId('beside').hidden = false;
  document.body.classList.add('has-beside');
  byId('beside').append(el('section', { class: 'beside-panel', 'aria-labelledby': heading.id }, heading, place));
  const mounted = panel.mount(place, {
    maps: correctedMaps,
    save: saveFile,
    open: (blob, name) => addFiles([new File([blob], name, { type: blob.type })]),
    wear,
    hold: (handle) => stage.hold(handle),
    say,
    speak,
    fail,
  });
  return { panel, heading, mounted };
}

/** The view before something was tried on: tints would hide it. */
let modeBefore = null;

function wear(worn, isAfter = worn !== null) {
  stage.wear(worn);
  if (isAfter && modeBefore === null) {
    modeBefore = stage.view.mode;
    stage.setView({ mode: 'photo' });
  } else if (!isAfter && modeBefore !== null) {
    if (stage.view.mode === 'photo') stage.setView({ mode: modeBefore });
    modeBefore = null;
  }
  renderView();
}

async function correctedMaps() {
  const { photo, file } = current;
  const { classMap, personMap } = photo.exportMaps();
  const [labels, persons] = await Promise.all(
    [classMap, personMap].map((map) => encodePng(map, photo.width, photo.height)),
  );
  return { file, labels, persons };
}

function updatePanels() {
  for (const { panel, heading, mounted } of panels) {
    heading.textContent = panel.title(currentLanguage());
    mounted.update({
      language: currentLanguage(),
      file: current?.photo ? current.file : null,
      photo: current?.photo ?? null,
      selection: selection ? { personId: personOf(selection), classId: classOf(selection) } : null,
    });
  }
}

// ---- Messages ------------------------------------------------------------------------------------------------------

function speak(text) {
  byId('speech').textContent = text;
}

/** A message that goes away by itself; the region around it reads it aloud. */
function say(text, kind = 'check') {
  const toast = el('p', { class: `toast ${kind}` }, icon(kind), el('span', { text }));
  byId('toasts').replaceChildren(toast);
  setTimeout(() => toast.remove(), kind === 'alert' ? 3 * TOAST_MS : TOAST_MS);
}

function fail(error) {
  const { title, hint, detail } = explain(error);
  say(`${t('save-failed')}. ${title}: ${hint} ${detail}`, 'alert');
}

function askForKey() {
  const dialog = byId('key-dialog');
  if (!dialog.open) dialog.showModal();
}

byId('key-form').addEventListener('submit', () => {
  apiKey.set(byId('key-input').value.trim());
  byId('key-input').value = '';
  queue.items.filter((item) => item.error?.kind === 'key-needed').forEach((item) => queue.retry(item));
});

// ---- The view ------------------------------------------------------------------------------------------------------

function readView() {
  const kept = JSON.parse(localStorage.getItem('fittingroom-view') ?? '{}');
  return { mode: 'colours', opacity: 0.6, patterns: false, names: true, ...kept, compare: false, split: 0.5 };
}

function setView(change) {
  stage.setView(change);
  const { mode, opacity, patterns, names } = stage.view;
  localStorage.setItem('fittingroom-view', JSON.stringify({ mode, opacity, patterns, names }));
  renderView();
}

function renderView() {
  const { view } = stage;
  for (const radio of document.querySelectorAll('[name=mode]')) radio.checked = radio.value === view.mode;
  byId('opacity').value = String(Math.round(100 * view.opacity));
  byId('opacity').disabled = view.mode !== 'colours';
  for (const toggle of document.querySelectorAll('[data-view]')) {
    toggle.setAttribute('aria-pressed', String(view[toggle.dataset.view]));
  }
}

for (const radio of document.querySelectorAll('[name=mode]')) {
  radio.addEventListener('change', () => setView({ mode: radio.value }));
}
byId('opacity').addEventListener('input', (event) => setView({ opacity: Number(event.target.value) / 100 }));
for (const toggle of document.querySelectorAll('[data-view]')) {
  toggle.addEventListener('click', () => toggleView(toggle.dataset.view));
}

function toggleView(name) {
  const change = { [name]: !stage.view[name] };
  // There is nothing to compare the bare photo with, unless something is tried on.
  if (name === 'compare' && change.compare && !stage.isWorn && stage.view.mode === 'photo') change.mode = 'colours';
  setView(change);
}

for (const button of document.querySelectorAll('[data-zoom]')) {
  button.addEventListener('click', () => zoom(button.dataset.zoom));
}

function zoom(how) {
  if (how === 'fit') stage.fit();
  else stage.zoomBy(how === 'in' ? 1.5 : 1 / 1.5);
}

// ---- Tabs ----------------------------------------------------------------------------------------------------------

const tabs = [...document.querySelectorAll('[role=tab]')];

function openTab(name) {
  tab = name;
  for (const button of tabs) {
    const isOpen = button.id === `tab-${name}`;
    button.setAttribute('aria-selected', String(isOpen));
    button.tabIndex = isOpen ? 0 : -1;
    byId(button.getAttribute('aria-controls')).hidden = !isOpen;
  }
  // The brush paints only while its settings are in sight.
  stage.setTool(name === 'correct' ? correctPanel.tool : 'pick');
}

tabs.forEach((button, i) => {
  button.addEventListener('click', () => openTab(button.id.slice('tab-'.length)));
  button.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = { Home: 0, End: tabs.length - 1 }[event.key] ?? (step && (i + step + tabs.length) % tabs.length);
    if (next === undefined) return;
    event.preventDefault();
    tabs[next].focus();
    tabs[next].click();
  });
});

// ---- Keys ----------------------------------------------------------------------------------------------------------

byId('surface').addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !current?.photo) return;
  const key = event.key.toLowerCase();
  const commands = {
    escape: () => select(0),
    c: () => setView({ mode: MODES[0] }),
    o: () => setView({ mode: MODES[1] }),
    p: () => setView({ mode: MODES[2] }),
    x: () => toggleView('compare'),
    t: () => toggleView('patterns'),
    n: () => toggleView('names'),
    v: () => useTool(TOOLS[0]),
    b: () => useTool(TOOLS[1]),
    e: () => useTool(TOOLS[2]),
    '[': () => correctPanel.setBrushSize(Math.floor(correctPanel.brushSize / 1.25)),
    ']': () => correctPanel.setBrushSize(Math.ceil(correctPanel.brushSize * 1.25)),
    '+': () => zoom('in'),
    '=': () => zoom('in'),
    '-': () => zoom('out'),
    0: () => zoom('fit'),
    ',': () => openNeighbour(-1),
    '.': () => openNeighbour(1),
  };
  if (!(key in commands)) return;
  event.preventDefault();
  commands[key]();
});

function useTool(tool) {
  openTab('correct');
  correctPanel.setTool(tool);
  speak(t(tool));
}

function openNeighbour(step) {
  const next = queue.items[queue.items.indexOf(current) + step];
  if (next) open(next);
}

document.addEventListener('keydown', (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.matches('input[type=password]')) return;
  const key = event.key.toLowerCase();
  if (key !== 'z' && key !== 'y') return;
  event.preventDefault();
  if (key === 'y' || event.shiftKey) correctPanel.redo();
  else correctPanel.undo();
});

// ---- Bringing photos in --------------------------------------------------------------------------------------------

for (const button of document.querySelectorAll('[data-action=choose]')) {
  button.addEventListener('click', () => byId('file-input').click());
}
for (const button of document.querySelectorAll('[data-action=camera]')) {
  button.addEventListener('click', () => (Camera.isAvailable ? camera.open() : byId('capture-input').click()));
}
for (const input of [byId('file-input'), byId('capture-input')]) {
  input.addEventListener('change', () => {
    addFiles([...input.files]);
    // The same file may be chosen again.
    input.value = '';
  });
}
for (const button of document.querySelectorAll('[data-sample]')) {
  button.addEventListener('click', () => addSample(button.dataset.sample));
}

document.addEventListener('paste', (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length === 0) return;
  event.preventDefault();
  addFiles(files);
});

let dragDepth = 0;
const hasFiles = (event) => event.dataTransfer?.types.includes('Files');
document.addEventListener('dragenter', (event) => {
  if (!hasFiles(event)) return;
  dragDepth++;
  byId('drop-veil').hidden = false;
});
document.addEventListener('dragleave', (event) => {
  if (hasFiles(event) && --dragDepth <= 0) endDrag();
});
document.addEventListener('dragover', (event) => {
  if (hasFiles(event)) event.preventDefault();
});
document.addEventListener('drop', (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  endDrag();
  addFiles([...event.dataTransfer.files]);
});

function endDrag() {
  dragDepth = 0;
  byId('drop-veil').hidden = true;
}

window.addEventListener('beforeunload', (event) => {
  if (queue.items.some((item) => !item.isSaved)) event.preventDefault();
});

// ---- Language, appearance, help ------------------------------------------------------------------------------------

function translate() {
  const language = currentLanguage();
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  document.title = t('title');
  for (const element of document.querySelectorAll('[data-t]')) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll('[data-t-label]')) {
    const label = t(element.dataset.tLabel);
    element.setAttribute('aria-label', label);
    if (element.matches('button')) element.title = label;
  }
  const button = byId('language');
  button.textContent = t('language');
  button.lang = language === 'zh' ? 'en' : 'zh-CN';
  button.title = t('language-name');
  button.setAttribute('aria-label', `${t('language')}: ${t('language-name')}`);
  renderTheme();
  renderHead();
  renderProgress();
  filmstrip.render(current);
  if (current && current.status !== 'done') showCover(current);
  if (current?.photo) byId('surface').setAttribute('aria-label', t('stage-name', current.photo.people.length));
  peopleList.render();
  correctPanel.render(selection);
  downloadPanel.render();
  stage.refresh();
  updatePanels();
}

byId('language').addEventListener('click', () => {
  setLanguage(currentLanguage() === 'zh' ? 'en' : 'zh');
  localStorage.setItem('fittingroom-language', currentLanguage());
  translate();
});

function renderTheme() {
  const { theme } = document.documentElement.dataset;
  const button = byId('theme');
  button.replaceChildren(icon(theme));
  button.title = t('theme', theme);
  button.setAttribute('aria-label', t('theme', theme));
}

byId('theme').addEventListener('click', () => {
  const { dataset } = document.documentElement;
  dataset.theme = THEMES[(THEMES.indexOf(dataset.theme) + 1) % THEMES.length];
  localStorage.setItem('fittingroom-theme', dataset.theme);
  renderTheme();
});

byId('help').addEventListener('click', () => byId('help-dialog').showModal());
for (const button of document.querySelectorAll('[data-close]')) {
  button.addEventListener('click', () => button.closest('dialog').close());
}
for (const dialog of document.querySelectorAll('dialog')) {
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
}

setLanguage(localStorage.getItem('fittingroom-language') ?? (navigator.language.startsWith('zh') ? 'zh' : 'en'));
translate();
renderView();
stage.setView({});
