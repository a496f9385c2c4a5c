/** Take a photo with the camera: live in a dialog, or through the phone's own camera where the page may not use it. */

import { t } from './words.js';

export class Camera {
  #stream = null;
  #facing = 'environment';

  /** @param {HTMLDialogElement} dialog @param {(file: File) => void} onPhoto */
  constructor(dialog, onPhoto) {
    this.dialog = dialog;
    this.onPhoto = onPhoto;
    this.video = dialog.querySelector('video');
    this.problem = dialog.querySelector('.problem');
    this.shootButton = dialog.querySelector('[data-camera=shoot]');
    this.flipButton = dialog.querySelector('[data-camera=flip]');
    this.shootButton.addEventListener('click', () => this.#shoot());
    this.flipButton.addEventListener('click', () => this.#flip());
    // Before its first picture a camera gives black ones.
    this.video.addEventListener('loadeddata', () => {
      this.shootButton.disabled = false;
    });
    dialog.querySelector('[data-camera=close]').addEventListener('click', () => dialog.close());
    dialog.addEventListener('close', () => this.#stop());
  }

  /** Whether the browser gives this page a camera; only secure addresses (localhost, https) get one. */
  static get isAvailable() {
    return Boolean(navigator.mediaDevices?.getUserMedia);
  }

  async open() {
    this.dialog.showModal();
    await this.#start();
  }

  async #start() {
    this.#stop();
    this.problem.hidden = true;
    this.video.hidden = false;
    this.shootButton.disabled = true;
    try {
      const wanted = { video: { facingMode: this.#facing, width: { ideal: 1920 }, height: { ideal: 1920 } } };
      this.#stream = await navigator.mediaDevices.getUserMedia(wanted);
      if (!this.dialog.open) {
        this.#stop();
        return;
      }
      this.video.srcObject = this.#stream;
      const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
      this.flipButton.hidden = cameras.length < 2;
    } catch {
      this.video.hidden = true;
      this.flipButton.hidden = true;
      this.problem.textContent = t('camera-denied');
      this.problem.hidden = false;
    }
  }

  #flip() {
    this.#facing = this.#facing === 'environment' ? 'user' : 'environment';
    return this.#start();
  }

  async #shoot() {
    const canvas = new OffscreenCanvas(this.video.videoWidth, this.video.videoHeight);
    canvas.getContext('2d').drawImage(this.video, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.93 });
    const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
    this.dialog.close();
    this.onPhoto(new File([blob], `camera-${time}.jpg`, { type: 'image/jpeg' }));
  }

  #stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.video.srcObject = null;
  }
}
