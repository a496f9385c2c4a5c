/** The tools that correct a parse: choose a part and say what it is, paint, erase, swap sides, undo. */

import { el, icon, refill } from './dom.js';
import { drawSwatch } from './layer.js';
import { classOf, keyOf, personOf } from './parsed-photo.js';
import { currentLanguage, t } from './words.js';

export const TOOLS = ['pick', 'brush', 'eraser'];
export const SMALLEST_BRUSH_PX = 1;
export const LARGEST_BRUSH_PX = 200;
// What a new brush paints: most corrections are of clothes.
const FIRST_PART = 'upper-clothes';

/**
 * @typedef {object} CorrectListener
 * @property {(tool: string) => void} onTool
 * @property {(radius: number) => void} onBrushSize radius in photo pixels
 * @property {(key: number) => void} onSelect
 * @property {(text: string) => void} onSay
 */
export class CorrectPanel {
  #photo = null;
  #selection = 0;

  /** @param {HTMLElement} panel @param {CorrectListener} listener */
  constructor(panel, listener) {
    this.panel = panel;
    this.listener = listener;
    this.tool = 'pick';
    this.brushSize = 24;
    this.brush = { classId: 0, personId: 0 };
    this.over = 'all';
    this.erase = 'all';
  }

  /** @param {import('./parsed-photo.js').ParsedPhoto | null} photo */
  show(photo) {
    this.#photo = photo;
    if (photo) {
      const { labelSet } = photo;
      this.brush = {
        classId: Math.max(1, labelSet.classes.indexOf(FIRST_PART)),
        personId: photo.people[0]?.id ?? photo.freePersonId,
      };
      // A brush as wide as a wrist, say
      this.setBrushSize(Math.max(4, Math.round(Math.max(photo.width, photo.height) / 45)));
    }
    this.render(0);
  }

  setTool(tool) {
    this.tool = tool;
    this.listener.onTool(tool);
    this.render(this.#selection);
  }

  /** Diameter in photo pixels. */
  setBrushSize(size) {
    this.brushSize = Math.min(LARGEST_BRUSH_PX, Math.max(SMALLEST_BRUSH_PX, size));
    this.listener.onBrushSize(this.brushSize / 2);
    const [range, output] = this.panel.querySelectorAll('#brush-size, #brush-size-value');
    if (range) {
      range.value = String(this.brushSize);
      output.textContent = t('size-value', this.brushSize);
    }
  }

  /** The brush takes over the part of a key. */
  sample(key) {
    if (classOf(key) === 0) return;
    this.brush = { classId: classOf(key), personId: personOf(key) };
    this.render(this.#selection);
  }

  /** What a stroke of the present tool does, or null. */
  stroke() {
    const { classId, personId } = this.brush;
    if (this.tool === 'brush') {
      const mayPaint = {
        all: () => true,
        background: (before) => before === 0,
        person: (before) => personOf(before) === personId,
      }[this.over];
      return { name: 'brush', key: keyOf(personId, classId), mayPaint };
    }
    if (this.tool === 'eraser') {
      const mayPaint = {
        all: () => true,
        person: (before) => personOf(before) === personId,
        part: (before) => before === keyOf(personId, classId),
      }[this.erase];
      return { name: 'eraser', key: 0, mayPaint };
    }
    return null;
  }

  undo() {
    const name = this.#photo?.undoable;
    if (!name) return;
    this.#photo.undo();
    this.listener.onSay(t('undone', name));
  }

  redo() {
    const name = this.#photo?.redoable;
    if (!name) return;
    this.#photo.redo();
    this.listener.onSay(t('redone', name));
  }

  /** @param {number} selection key of the chosen part or person, or 0. */
  render(selection) {
    this.#selection = selection;
    const photo = this.#photo;
    if (!photo) {
      this.panel.replaceChildren();
      return;
    }
    // Whoever the brush painted may have become somebody else's since.
    const { personId } = this.brush;
    if (!photo.person(personId) && personId !== photo.freePersonId) this.brush.personId = photo.people[0]?.id ?? 1;
    refill(
      this.panel,
      this.#history(),
      this.#tools(),
      this.tool === 'pick' ? this.#chosen(selection) : this.#brushSettings(),
      el('p', { class: 'fine list-foot', text: t('left') }),
    );
  }

  #history() {
    const { undoable, redoable } = this.#photo;
    const step = (name, done, onClick) =>
      el(
        'button',
        {
          type: 'button',
          class: 'button small',
          'data-key': name,
          disabled: !done,
          title: done ? t(`${name}-what`, done) : null,
          on: { click: onClick },
        },
        icon(name),
        el('span', { text: t(name) }),
      );
    return el(
      'div',
      { class: 'history' },
      step('undo', undoable, () => this.undo()),
      step('redo', redoable, () => this.redo()),
      el('button', {
        type: 'button',
        class: 'quiet-button',
        'data-key': 'undo-all',
        disabled: !undoable,
        text: t('undo-all'),
        on: { click: () => this.#photo.undoAll() },
      }),
    );
  }

  #tools() {
    const option = (tool) =>
      el(
        'label',
        {},
        el('input', {
          type: 'radio',
          name: 'tool',
          value: tool,
          checked: this.tool === tool,
          'data-key': `tool-${tool}`,
          on: { change: () => this.setTool(tool) },
        }),
        el('span', {}, icon(tool), el('span', { text: t(tool) })),
      );
    return el(
      'div',
      { class: 'segments tools', role: 'radiogroup', 'aria-label': t('tool-group') },
      ...TOOLS.map(option),
    );
  }

  // ---- A part is chosen --------------------------------------------------------------------------------------------

  #chosen(selection) {
    const photo = this.#photo;
    const person = photo.person(personOf(selection));
    if (!person) return el('div', { class: 'empty small' }, icon('pick'), el('p', { text: t('pick-hint') }));
    const part = photo.part(selection);
    return el('div', { class: 'card' }, ...(part ? this.#chosenPart(person, part) : this.#chosenPerson(person)));
  }

  #chosenPart(person, part) {
    const photo = this.#photo;
    const label = photo.labelSet.nameOf(part.classId, currentLanguage());
    const classField = this.#classSelect('becomes-part', part.classId);
    const personField = this.#personSelect('becomes-person', person.id);
    const change = () => {
      const key = keyOf(Number(valueOf(personField)), Number(valueOf(classField)));
      const isChanged = photo.changePart(part.key, key);
      this.#report(isChanged, isChanged ? key : part.key);
    };
    return [
      el(
        'h2',
        { class: 'card-title' },
        this.#swatch(part.classId),
        el('span', { text: t('of-person', label, person.id) }),
      ),
      classField,
      personField,
      el(
        'div',
        { class: 'card-actions' },
        actionButton('change', 'check', t('apply'), change, 'button primary'),
        actionButton('remove', 'trash', t('remove-part'), () => this.#report(photo.remove(part.key), 0)),
      ),
      this.#swap(person),
    ];
  }

  #chosenPerson(person) {
    const photo = this.#photo;
    const others = photo.people.filter((other) => other !== person);
    const intoField =
      others.length > 0 &&
      this.#field(
        'merge-into',
        others.map((other) => [other.id, t('person', other.id)]),
      );
    return [
      el(
        'h2',
        { class: 'card-title' },
        el('span', { class: 'badge', text: String(person.id), 'aria-hidden': 'true' }),
        el('span', { text: t('person', person.id) }),
      ),
      el('p', { class: 'fine', text: t('chosen-person-hint') }),
      intoField,
      el(
        'div',
        { class: 'card-actions' },
        intoField &&
          actionButton(
            'merge',
            'check',
            t('apply'),
            () => {
              const into = Number(valueOf(intoField));
              this.#report(photo.mergePerson(person.id, into), keyOf(into, 0));
            },
            'button primary',
          ),
        actionButton('remove', 'trash', t('remove-person'), () => this.#report(photo.remove(person.key), 0)),
      ),
      this.#swap(person),
    ];
  }

  #swap(person) {
    return el(
      'button',
      {
        type: 'button',
        class: 'button wide',
        'data-key': 'swap',
        on: { click: () => this.#report(this.#photo.swapSides(person.id), this.#selection) },
      },
      icon('swap'),
      el(
        'span',
        { class: 'stacked' },
        el('span', { text: t('swap-sides') }),
        el('small', { text: `${t('person', person.id)} · ${t('swap-sides-text')}` }),
      ),
    );
  }

  #report(isChanged, key) {
    this.listener.onSay(t(isChanged ? 'changed' : 'nothing-changed'));
    this.listener.onSelect(this.#photo.part(key) || this.#photo.person(personOf(key)) ? key : 0);
  }

  // ---- Brush and eraser --------------------------------------------------------------------------------------------

  #brushSettings() {
    const isBrush = this.tool === 'brush';
    const choices = isBrush ? ['all', 'background', 'person'] : ['all', 'person', 'part'];
    const limit = isBrush ? 'over' : 'erase';
    const limitField = this.#field(
      isBrush ? 'paint-over' : 'erase',
      choices.map((choice) => [choice, t(`${limit}-${choice}`)]),
      this[limit],
      (value) => {
        this[limit] = value;
        this.render(this.#selection);
      },
    );
    const needsPerson = isBrush || this.erase !== 'all';
    const needsPart = isBrush || this.erase === 'part';
    const takes = (name) => (value) => {
      this.brush[name] = Number(value);
      this.render(this.#selection);
    };
    return el(
      'div',
      { class: 'card' },
      isBrush &&
        el(
          'h2',
          { class: 'card-title' },
          this.#swatch(this.brush.classId),
          el('span', {
            text: t(
              'of-person',
              this.#photo.labelSet.nameOf(this.brush.classId, currentLanguage()),
              this.brush.personId,
            ),
          }),
        ),
      !isBrush && limitField,
      needsPart && this.#classSelect('brush-part', this.brush.classId, takes('classId')),
      needsPerson && this.#personSelect('brush-person', this.brush.personId, takes('personId')),
      this.#sizeField(),
      isBrush && limitField,
    );
  }

  #sizeField() {
    return el(
      'div',
      { class: 'field size-field' },
      el('label', { for: 'brush-size', text: t('size') }),
      el('output', { for: 'brush-size', id: 'brush-size-value', text: t('size-value', this.brushSize) }),
      el('input', {
        type: 'range',
        id: 'brush-size',
        'data-key': 'size',
        min: SMALLEST_BRUSH_PX,
        max: LARGEST_BRUSH_PX,
        value: this.brushSize,
        on: { input: (event) => this.setBrushSize(Number(event.target.value)) },
      }),
    );
  }

  #classSelect(labelKey, classId, onChange) {
    const { labelSet } = this.#photo;
    const options = labelSet.partIds.map((id) => [id, labelSet.nameOf(id, currentLanguage())]);
    return this.#field(labelKey, options, classId, onChange);
  }

  #personSelect(labelKey, personId, onChange) {
    const options = this.#photo.people.map((person) => [person.id, t('person', person.id)]);
    const free = this.#photo.freePersonId;
    if (free !== null) options.push([free, `${t('new-person')} (${free})`]);
    return this.#field(labelKey, options, personId, onChange);
  }

  #field(labelKey, options, chosen, onChange) {
    const select = el(
      'select',
      { 'data-key': labelKey, on: onChange ? { change: (event) => onChange(event.target.value) } : {} },
      ...options.map(([value, text]) => el('option', { value, text, selected: value === chosen })),
    );
    return el('label', { class: 'field' }, el('span', { text: t(labelKey) }), select);
  }

  #swatch(classId) {
    const canvas = el('canvas', { class: 'swatch', width: 20, height: 20, 'aria-hidden': 'true' });
    drawSwatch(canvas, this.#photo.labelSet, classId);
    return canvas;
  }
}

function valueOf(field) {
  return field.querySelector('select').value;
}

function actionButton(key, iconName, text, onClick, className = 'button') {
  return el(
    'button',
    { type: 'button', class: className, 'data-key': key, on: { click: onClick } },
    icon(iconName),
    el('span', { text }),
  );
}
