// A screen on which somebody waits for others reads again by itself, while it is shown. A page that nobody sees asks nothing.
// A reading that is slower than the pulse is waited for (load.ts).
import { useEffect, useRef } from "react";
import { useDidHide, useDidShow } from "@tarojs/taro";

const everyMs = 1500;

export function usePulse(again: () => void): void {
  const shown = useRef(true);
  useDidShow(() => {
    shown.current = true;
  });
  useDidHide(() => {
    shown.current = false;
  });
  useEffect(() => {
    const timer = setInterval(() => shown.current && again(), everyMs);
    return () => clearInterval(timer);
  }, [again]);
}
