// The app gives the element a token for each request, and is told what became of the offer.
// A real app would keep the receipt, or show it among its own pages.
const offer = document.querySelector('consent-offer');
const told = document.getElementById('told');

offer.getToken = async () => {
  const answer = await fetch('token', { method: 'POST' });
  return answer.ok ? answer.text() : '';
};

offer.addEventListener('consent-receipt', ({ detail }) => {
  told.textContent = told.dataset.receipt.replace('{seq}', detail.seq);
});
offer.addEventListener('consent-closed', ({ detail }) => {
  if (detail.sent === false) told.textContent = told.dataset.closed;
});
