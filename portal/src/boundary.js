/** Keeps a part of a page that fails from taking the rest with it. */

import { Component } from "./vendor.js";

export class Boundary extends Component {
  componentDidCatch(cause) {
    console.error(cause);
    this.setState({ broken: true });
  }

  render({ children, otherwise }, { broken }) {
    return broken ? otherwise : children;
  }
}
