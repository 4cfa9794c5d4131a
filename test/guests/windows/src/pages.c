/* VirtualAlloc and its kin: reserve, commit, protect, query, free. */
#include <stdio.h>
#include <windows.h>

static void query(const char *what, void *at) {
  MEMORY_BASIC_INFORMATION m;
  SIZE_T got = VirtualQuery(at, &m, sizeof m);
  printf("%s: %d state %lx protect %lx type %lx allocation protect %lx", what, (int)got, m.State,
         m.Protect, m.Type, m.AllocationProtect);
  // How far free addresses reach is the system's affair.
  if (m.State == MEM_COMMIT) printf(" size %llx", (unsigned long long)m.RegionSize);
  printf("\n");
}

int main(void) {
  SYSTEM_INFO info;
  GetSystemInfo(&info);
  printf("pages of %lu, granularity %lu\n", info.dwPageSize, info.dwAllocationGranularity);
  char *base = VirtualAlloc(NULL, 0xFFFC, MEM_RESERVE, PAGE_READWRITE);
  printf("aligned %d\n", (int)((ULONG_PTR)base % 65536));
  query("reserved", base);
  char *page = VirtualAlloc(base + 0x2000, 0x1000, MEM_COMMIT, PAGE_READWRITE);
  printf("committed at %d\n", (int)(page - base));
  query("committed", page);
  page[5] = 7;
  DWORD old = 0;
  printf("VirtualProtect %d", VirtualProtect(page, 1, PAGE_READONLY, &old));
  printf(" old %lx, value %d\n", old, page[5]);
  query("protected", page);
  printf("over reserved pages %d", VirtualProtect(base, 0x3000, PAGE_READONLY, &old));
  printf(" error %lu\n", GetLastError());
  printf("release with a size %d", VirtualFree(base, 0x1000, MEM_RELEASE));
  printf(" error %lu\n", GetLastError());
  printf("decommit %d\n", VirtualFree(page, 0x1000, MEM_DECOMMIT));
  query("decommitted", page);
  printf("release %d\n", VirtualFree(base, 0, MEM_RELEASE));
  printf("twice %d", VirtualFree(base, 0, MEM_RELEASE));
  printf(" error %lu\n", GetLastError());
  query("free", base);
  printf("size 0: %p", VirtualAlloc(NULL, 0, MEM_RESERVE, PAGE_READWRITE));
  printf(" error %lu\n", GetLastError());
  return 0;
}
