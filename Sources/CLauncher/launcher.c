#include "launcher.h"
int launcher_stub(void) { return 0; }
