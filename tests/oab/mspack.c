/* Unpacks with libmspack: `mspack full FILE OUT` or `mspack patch FILE BASE OUT`. */
#include <mspack.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    struct msoab_decompressor *oab = mspack_create_oab_decompressor(NULL);
    int result = -1;
    if (oab && argc == 4 && !strcmp(argv[1], "full"))
        result = oab->decompress(oab, argv[2], argv[3]);
    else if (oab && argc == 5 && !strcmp(argv[1], "patch"))
        result = oab->decompress_incremental(oab, argv[2], argv[3], argv[4]);
    if (result)
        fprintf(stderr, "libmspack: error %d on %s\n", result, argc > 2 ? argv[2] : "no file");
    return result != 0;
}
