'use strict';
(() => {
  const cells = [...document.querySelectorAll('details.detail')];
  const filter = document.getElementById('filter');
  const search = document.getElementById('search');
  const shown = document.getElementById('shown');

  const openTarget = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || target.tagName !== 'DETAILS') return;
    target.hidden = false;
    target.open = true;
    target.scrollIntoView();
  };

  const apply = () => {
    const status = filter.value;
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const cell of cells) {
      const own = cell.dataset.status;
      const wanted = status === '' || (status === 'bad' ? own !== 'pass' : own === status);
      const name = cell.querySelector('.name').textContent.toLowerCase();
      cell.hidden = !(wanted && words.every((word) => name.includes(word)));
      if (!cell.hidden) count += 1;
    }
    shown.textContent = `${count} of ${cells.length}`;
  };

  filter.addEventListener('change', apply);
  search.addEventListener('input', apply);
  addEventListener('hashchange', openTarget);
  apply();
  openTarget();
})();
