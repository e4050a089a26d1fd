/**
 * The product and the plan that a form starts with: those that the address names (`?product=&plan=`, or a product with the
 * `?api=`), else the first with a plan that takes effect at once.
 */
export function preselected({ products, plans }, query) {
  const immediate = (id) => products[id].plans.find((plan) => plans[plan]?.approval === "automatic");
  const ids = Object.keys(products);
  const api = query.get("api");
  const fitting = [
    ids.find((id) => id === query.get("product")),
    api && ids.find((id) => products[id].apis.includes(api)),
    ids.find(immediate),
    ids[0],
  ];
  const product = fitting.find(Boolean) ?? "";
  if (!product) return { product: "", plan: "" };
  const named = products[product].plans.includes(query.get("plan")) ? query.get("plan") : null;
  return { product, plan: named ?? immediate(product) ?? products[product].plans[0] ?? "" };
}
