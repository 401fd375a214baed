import type { PropsWithChildren } from "react";
import "./app.css";
import "./help.css";

export default function App({ children }: PropsWithChildren) {
  return children;
}
