// In place of MathJax, whose stock address is a CDN's: the dashboard has no formulas, and titles are text.
const nothing = () => undefined;
window.MathJax = { Hub: { Config: nothing, Configured: nothing, Queue: nothing, Register: { StartupHook: nothing } } };
