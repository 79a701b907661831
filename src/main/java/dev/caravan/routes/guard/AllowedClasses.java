package dev.caravan.routes.guard;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which classes route files may name: plain values, exceptions, and what {@code caravan.routes.allowed-classes} names.
 * {@link ClassGuard} enforces it.
 */
public final class AllowedClasses {
    /** What a route converts to, compares with or reads JSON into; no constructor or static method of these does harm. */
    private static final Set<String> PLAIN = Set.of(
            """
            java.lang.Object java.lang.String java.lang.CharSequence java.lang.Boolean java.lang.Character
            java.lang.Number java.lang.Byte java.lang.Short java.lang.Integer java.lang.Long java.lang.Float
            java.lang.Double java.lang.Iterable java.math.BigDecimal java.math.BigInteger java.util.Collection
            java.util.Iterator java.util.List java.util.ArrayList java.util.LinkedList java.util.Set
            java.util.HashSet java.util.LinkedHashSet java.util.TreeSet java.util.Map java.util.HashMap
            java.util.LinkedHashMap java.util.TreeMap java.util.Date java.util.UUID java.time.Duration
            java.time.Instant java.time.LocalDate java.time.LocalDateTime java.time.LocalTime
            java.time.OffsetDateTime java.time.ZonedDateTime java.io.InputStream java.io.Reader
            java.nio.ByteBuffer org.w3c.dom.Document org.w3c.dom.Node org.w3c.dom.NodeList
            com.google.gson.JsonElement com.google.gson.JsonArray com.google.gson.JsonObject"""
                    .split("\\s+"));

    /**
     * The steps by which an expression gets from an object to a class of its choice. What only says the name of the class
     * is none of them.
     */
    private static final Pattern REFLECTION = Pattern.compile("(?:^|[.?])\\s*(?:"
            + "(?:getC|c|getDeclaringC|declaringC)lass\\s*(?:\\(\\s*\\))?\\s*[?]?\\.(?!(?:getN|n|getSimpleN|simpleN)ame\\b)"
            + "|\\w*[cC]lassLoader\\b"
            + "|(?:forName|loadClass|defineClass|newInstance)\\b)");

    public static final String REFLECTS = "gets at classes by reflection, which routes may not";

    private final Set<String> named;

    public AllowedClasses(Set<String> named) {
        this.named = named;
    }

    public boolean allows(String name) {
        return PLAIN.contains(name) || named.contains(name);
    }

    /** Whatever the spelling was: this is the class that it means. */
    public boolean allows(Class<?> type) {
        Class<?> element = type;
        while (element.isArray()) {
            element = element.componentType();
        }
        return element.isPrimitive() || allows(element.getName()) || Throwable.class.isAssignableFrom(element);
    }

    public static boolean isReflection(String steps) {
        return REFLECTION.matcher(steps).find();
    }

    public static String reason(String name) {
        return "names the class " + name + ", which caravan.routes.allowed-classes does not name";
    }
}
