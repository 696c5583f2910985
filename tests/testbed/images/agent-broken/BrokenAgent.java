import java.lang.reflect.Field;
import sun.misc.Unsafe;

/** Ends the JVM before its application starts, keeps it from starting, or takes all memory there is. */
public final class BrokenAgent {
    public static void premain(String arguments) throws Exception {
        switch (String.valueOf(System.getenv("AGENT_FAULT"))) {
            case "crash" -> {
                System.err.println("the agent crashes on purpose");
                Runtime.getRuntime().halt(3);
            }
            case "hang" -> Thread.sleep(Long.MAX_VALUE);
            case "greed" -> takeMemory();
            default -> { }
        }
    }

    /** Outside of the heap, which has a limit of its own. */
    private static void takeMemory() throws Exception {
        Field field = Unsafe.class.getDeclaredField("theUnsafe");
        field.setAccessible(true);
        Unsafe unsafe = (Unsafe) field.get(null);
        long size = 16L << 20;
        while (true) {
            unsafe.setMemory(unsafe.allocateMemory(size), size, (byte) 1);
        }
    }
}
