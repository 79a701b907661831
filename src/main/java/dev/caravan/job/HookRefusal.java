package dev.caravan.job;

/** Why a request for a hook was refused. Listeners of this type get each one. */
public enum HookRefusal {
    /** There is no hook of the name. */
    UNKNOWN,
    /** Nobody who knows the secret has signed it. */
    SIGNATURE,
    /** It is signed, but its time is too far from the clock of this node: it is old, or a clock is wrong. */
    TIME,
    /** It is signed, but its id is none, or too long. */
    ID
}
