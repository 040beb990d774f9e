"use strict";
(async () => {
  await readData();
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
    if (Data.told.living && typeof LivingSection !== "undefined") await LivingSection.begin();
  }
  for (const link of document.querySelectorAll("nav a")) if (!document.querySelector(link.getAttribute("href"))) link.closest("li").remove();
  document.body.dataset.ready = "yes";
})();
