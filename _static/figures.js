// The live figure, on demand. A page shows a drawing and loads nothing for it; the button loads
// plotly and the figure's data from the site itself and puts the live figure in the drawing's place.
(() => {
  "use strict";
  window.seminarFigures = {};
  const NAMES = {
    "rgb(251, 249, 244)": "--paper", "rgb(31, 29, 26)": "--ink", "rgb(163, 38, 42)": "--red", "rgb(59, 111, 148)": "--blue",
    "rgb(111, 106, 98)": "--grey", "rgb(201, 195, 184)": "--rule", "rgb(236, 231, 221)": "--faint",
  };
  const loading = {};
  const load = (address) => loading[address] ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = done;
    script.onerror = () => { delete loading[address]; failed(new Error(address)); };
    document.head.append(script);
  });

  // The figure's own colours, exchanged for those of the page's theme.
  const themed = (spec) => {
    const page = getComputedStyle(document.documentElement);
    let text = JSON.stringify(spec);
    for (const [colour, name] of Object.entries(NAMES)) {
      const value = page.getPropertyValue(name).trim();
      if (value) text = text.replaceAll(colour, value);
    }
    return JSON.parse(text);
  };

  const draw = (stage, key) => {
    const size = stage.parentElement.clientWidth < 600 ? "narrow" : "wide";
    const { data, layout } = themed(window.seminarFigures[key][size]);
    delete layout.width;
    layout.autosize = true;
    return Plotly.react(stage, data, layout, { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["select2d", "lasso2d", "sendDataToCloud"] });
  };

  const prepare = (button) => {
    const figure = button.closest("figure");
    const { figure: key, folder, label } = button.dataset;
    let stage = null;
    button.hidden = false;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", async () => {
      const drawings = figure.querySelectorAll(".chart-wide, .chart-narrow");
      if (stage) {
        Plotly.purge(stage);
        stage.remove();
        stage = null;
        drawings.forEach((d) => d.style.removeProperty("display"));
        button.textContent = "Explore this figure";
        button.setAttribute("aria-pressed", "false");
        return;
      }
      button.textContent = "Loading…";
      try {
        await Promise.all([load(folder + "plotly.min.js"), load(folder + key + ".js")]);
      } catch {
        button.textContent = "The live figure could not be loaded. Try again";
        return;
      }
      stage = document.createElement("div");
      stage.className = "chart-stage";
      stage.setAttribute("role", "group");
      stage.setAttribute("aria-label", "Live figure: " + label);
      figure.querySelector(".chart-wide").before(stage);
      drawings.forEach((d) => d.style.display = "none");
      await draw(stage, key);
      button.textContent = "Back to the drawing";
      button.setAttribute("aria-pressed", "true");
    });
    new MutationObserver(() => stage && draw(stage, key))
      .observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "data-mode"] });
  };
  const prepareAll = () => document.querySelectorAll("button.chart-live").forEach(prepare);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", prepareAll);
  else prepareAll();
})();
