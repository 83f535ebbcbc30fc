import { type RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

/**
 * Keeps the focus in a part of the page: a button that disappears with what it did, such as "Approve", would leave it nowhere, and a
 * screen reader at the top of the page.
 */
export function useKeepFocus(part: RefObject<HTMLElement | null>): void {
  const isInside = useRef(false);
  useEffect(() => {
    const note = ({ target }: Event): void => {
      isInside.current = part.current?.contains(target as Node) === true;
    };
    document.addEventListener("focusin", note);
    document.addEventListener("pointerdown", note);
    return () => {
      document.removeEventListener("focusin", note);
      document.removeEventListener("pointerdown", note);
    };
  }, [part]);
  useLayoutEffect(() => {
    if (isInside.current && document.activeElement === document.body) part.current?.focus({ preventScroll: true });
  });
}
