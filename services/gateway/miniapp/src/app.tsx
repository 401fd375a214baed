import type { PropsWithChildren } from "react";
import { keepFiles } from "@/core/worker";
import "./app.css";
import "./help.css";

keepFiles();

export default function App({ children }: PropsWithChildren) {
  return children;
}
