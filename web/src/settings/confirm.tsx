/** Asks once more. Escape and Cancel change nothing; the focus goes back to where it was. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

interface ConfirmProps {
  title: string;
  yes: string;
  children: ComponentChildren;
  onYes: () => void;
  onNo: () => void;
}

export function Confirm({ title, yes, children, onYes, onNo }: ConfirmProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    return () => before?.focus();
  }, []);
  return (
    <dialog class="confirm" ref={dialog} aria-labelledby={id} onCancel={onNo}>
      <h2 id={id}>{title}</h2>
      {children}
      <div class="form-foot">
        <button type="button" class="quiet" autofocus onClick={onNo}>
          Cancel
        </button>
        <button type="button" class="primary danger" onClick={onYes}>
          {yes}
        </button>
      </div>
    </dialog>
  );
}
