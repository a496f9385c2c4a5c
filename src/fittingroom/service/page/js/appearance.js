/* Runs before the page is drawn, so that a chosen appearance does not flash by. */
document.documentElement.dataset.theme = localStorage.getItem('fittingroom-theme') || 'auto';
