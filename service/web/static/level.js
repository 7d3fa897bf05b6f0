// Adds a slider beside the number box and draws the answer without leaving the page.
// Without this script the form works as it stands.
(() => {
  const form = document.querySelector("form.ask");
  const box = document.getElementById("niva");
  if (!form || !box) return;

  const slider = document.createElement("input");
  slider.type = "range";
  slider.min = box.min;
  slider.max = box.max;
  slider.step = box.step;
  slider.value = box.value;
  slider.setAttribute("aria-label", "Tjenestenivå, skyveknapp");
  box.closest(".level").insertBefore(slider, box.closest(".level").children[2]);

  let latest = 0;
  const show = () => {
    const address = form.action + "?" + new URLSearchParams(new FormData(form));
    // Whatever goes wrong here, the page itself can say it better.
    draw(address, ++latest).catch(() => { window.location = address; });
  };
  const draw = async (address, mine) => {
    const answer = await fetch(address);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("svar");
    if (mine !== latest) return;
    if (!answer.ok || !fresh) { window.location = address; return; }
    document.getElementById("svar").replaceChildren(...fresh.childNodes);
    document.title = page.title;
    document.querySelector(".quick").replaceWith(page.querySelector(".quick"));
    // Only the one-line answer is read aloud.
    document.getElementById("melding").textContent = document.getElementById("svar-tittel").textContent;
    history.replaceState(null, "", address);
  };

  slider.addEventListener("input", () => { box.value = slider.value; });
  slider.addEventListener("change", show);
  box.addEventListener("change", () => { slider.value = box.value; });
  form.querySelectorAll("select").forEach((choice) => choice.addEventListener("change", show));
  form.addEventListener("submit", (event) => { event.preventDefault(); show(); });
})();
