// A button that copies a text.
import { Icon } from './Icon';
import { useToast } from './Toasts';

/** `what` completes "Copy …" for those who do not see the icon. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const toast = useToast();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      toast('Copied.');
    } catch {
      toast('The browser does not let this page copy. Mark the text and copy it yourself.', 'high');
    }
  };
  return (
    <button
      type="button"
      className="button"
      data-kind="plain"
      data-size="small"
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
      onClick={() => void copy()}
    >
      <Icon name="copy" />
    </button>
  );
}
