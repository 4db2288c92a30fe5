#pragma once
int launcher_stub(void);
