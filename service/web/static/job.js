// Draws how far a job is once a second, and goes to what it made. Without it, "Vis igjen" does.
(() => {
  const place = document.getElementById("jobb");
  if (!place) return;

  const draw = async () => {
    const answer = await fetch(window.location.href);
    if (answer.redirected || !answer.ok) { window.location = answer.url; return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("jobb");
    if (!fresh || fresh.dataset.ended) { window.location.reload(); return; }
    // The button keeps its focus: only what is told is replaced.
    const told = document.getElementById("fremdrift");
    told.replaceChildren(...page.getElementById("fremdrift").childNodes);
    const step = page.getElementById("steg").textContent;
    // Only a new step is read aloud.
    const said = document.getElementById("melding");
    if (said.textContent !== step) said.textContent = step;
    setTimeout(follow, 1000);
  };
  const follow = () => { draw().catch(() => { setTimeout(follow, 5000); }); };
  if (!place.dataset.ended) setTimeout(follow, 1000);
})();
