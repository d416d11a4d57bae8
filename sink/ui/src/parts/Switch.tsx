// A switch: on or off, at once.

interface SwitchProps {
  isOn: boolean;
  /** What it switches, such as "Rule All MFA factors reset". */
  label: string;
  disabled?: boolean;
  onChange: (isOn: boolean) => void;
}

export function Switch({ isOn, label, disabled = false, onChange }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      className="switch"
      aria-checked={isOn}
      aria-label={label}
      disabled={disabled}
      onClick={() => onChange(!isOn)}
    />
  );
}
