"use strict";
(async () => {
  readData();
  readHash();
  if (Data.outcomes) {
    Sections.choiceBar();
    Sections.summary();
    Sections.scenarios();
  }
  Sections.browser("plans", ["plan", "report", "input"]);
  if (Data.outcomes) {
    Sections.browser("prices", ["price", "reduced cost"]);
    Sections.binding();
    Sections.compare();
    Sections.certificate();
    Sections.mathematics();
  }
  for (const link of document.querySelectorAll("nav a")) if (!document.querySelector(link.getAttribute("href"))) link.closest("li").remove();
  // what stands above is there before the page has loaded; the solver needs a moment more
  if (Data.outcomes && Data.told.living && typeof LivingSection !== "undefined") await LivingSection.begin();
  document.body.dataset.ready = "yes";
})();
